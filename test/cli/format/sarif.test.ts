// `validate -o sarif` against the OASIS schema of SARIF 2.1.0, and what the schema cannot say: rules, places, fingerprints.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { REASON_CODES } from '../../../src/core/api/reason.ts'
import { RULE_IDS } from '../../../src/cli/format/sarif-rules.ts'
import { goldenCases } from '../../golden/cases.ts'
import { repositoryFile, runCli } from '../run-cli.ts'
import { createTemporaryFiles } from '../temporary-file.ts'

const file = createTemporaryFiles()

interface Region {
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  readonly endColumn: number
}

interface Result {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string }
      readonly region: Region
    }
  }[]
  readonly partialFingerprints: Readonly<Record<string, string>>
  readonly properties: { readonly object: string; readonly policy?: string; readonly field?: string }
}

interface Log {
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly name: string
          readonly version: string
          readonly informationUri: string
          readonly rules: readonly {
            readonly id: string
            readonly shortDescription: { readonly text: string }
            readonly help: { readonly text: string }
            readonly defaultConfiguration: { readonly level: string }
          }[]
        }
      }
      readonly results: readonly Result[]
    },
  ]
}

const isSarif = schemaOfSarif()

/** The schema is of draft-04, whose keywords it uses as draft-07 has them; only how it names itself differs. */
function schemaOfSarif(): (value: unknown) => string {
  const text = readFileSync(repositoryFile('test/fixtures/sarif/sarif-2.1.0-rtm.5.json'), 'utf8')
  const { id: _id, $schema: _schema, ...schema } = JSON.parse(text) as Record<string, unknown>
  const formats = {
    uri: (value: string) => URL.canParse(value),
    'uri-reference': (value: string) => URL.canParse(value, 'file:///base/'),
    'date-time': (value: string) => !Number.isNaN(Date.parse(value)),
  }
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, formats })
  const validate = ajv.compile(schema)
  return value => (validate(value) ? '' : ajv.errorsText(validate.errors))
}

async function sarif(text: string, path = file('w.yaml', text)): Promise<Log> {
  const { stdout } = await runCli(['validate', '-f', path, '-o', 'sarif'])
  const log = JSON.parse(stdout) as Log
  assert.equal(isSarif(log), '')
  return log
}

const WORKLOAD = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: phi
  annotations: {kaito.sh/preset: phi-5, kaito.sh/nonsense: x}
spec:
  template:
    spec:
      nodeName: node-1
      containers: [{name: model}]
`
const POLICIES = ['Deny', 'Warn', 'Audit']
  .map(
    enforcement =>
      `---\napiVersion: policy.kaito.sh/v1alpha1\nkind: PresetPolicy\nmetadata: {name: ${enforcement.toLowerCase()}}\nspec: {enforcement: ${enforcement}, presets: {deny: ["*"]}}\n`,
  )
  .join('')

describe('the schema', () => {
  it('is one that refuses', async () => {
    const log = await sarif(WORKLOAD)
    assert.notEqual(isSarif({ ...log, version: '2.0.0' }), '')
    assert.notEqual(isSarif({ ...log, runs: [{ ...log.runs[0], results: [{ level: 'error' }] }] }), '')
    assert.notEqual(isSarif({ ...log, runs: [{ ...log.runs[0], invented: true }] }), '')
  })

  for (const one of goldenCases())
    it(`holds for ${one.name}`, async () => {
      await sarif('', one.input)
    })

  it('holds for nothing at all, and for policies of every kind', async () => {
    assert.deepEqual((await sarif('')).runs[0].results, [])
    assert.ok((await sarif(WORKLOAD + POLICIES)).runs[0].results.length > 4)
  })
})

describe('the tool', () => {
  it('is kaito-native of this version, with a rule for every code of a refusal', async () => {
    const { driver } = (await sarif('')).runs[0].tool
    assert.deepEqual([driver.name, driver.version], ['kaito-native', '1.2.3'])
    assert.ok(URL.canParse(driver.informationUri))
    const ids = driver.rules.map(({ id }) => id)
    assert.deepEqual(ids, RULE_IDS)
    assert.deepEqual(
      ids.filter(id => id !== 'Warning'),
      REASON_CODES.slice(REASON_CODES.indexOf('InvalidAnnotation')),
    )
    for (const { shortDescription, help, defaultConfiguration } of driver.rules) {
      assert.match(shortDescription.text, /^[A-Z].*\.$/)
      assert.match(help.text, /[.)]$/)
      assert.match(defaultConfiguration.level, /^(error|warning)$/)
    }
  })
})

describe('results', () => {
  it('have rule, level, message, object and policy', async () => {
    const { tool, results } = (await sarif(WORKLOAD + POLICIES)).runs[0]
    assert.deepEqual(
      results.map(({ level, ruleId, properties: { policy, field = '' } }) => [level, ruleId, policy, field]),
      [
        ['error', 'UnknownPreset', undefined, 'metadata.annotations[kaito.sh/preset]'],
        ['error', 'NodeNameSet', undefined, 'spec.template.spec.nodeName'],
        ['error', 'PresetNotAllowed', 'deny', 'metadata.annotations[kaito.sh/preset]'],
        ['warning', 'Warning', undefined, ''],
        ['warning', 'PresetNotAllowed', 'warn', 'metadata.annotations[kaito.sh/preset]'],
        ['note', 'PresetNotAllowed', 'audit', 'metadata.annotations[kaito.sh/preset]'],
      ],
    )
    for (const { ruleId, ruleIndex, properties } of results) {
      assert.equal(tool.driver.rules[ruleIndex]?.id, ruleId)
      assert.equal(properties.object, 'default/Deployment/phi')
    }
    assert.match(
      results[0]?.message.text ?? '',
      /^metadata\.annotations\[kaito\.sh\/preset\]: Not found: "phi-5": /,
    )
  })

  it('stand at the very field', async () => {
    const { results } = (await sarif(WORKLOAD)).runs[0]
    assert.deepEqual(
      results.map(({ locations: [location] }) => location?.physicalLocation.region),
      [
        { startLine: 5, startColumn: 17, endLine: 5, endColumn: 39 },
        { startLine: 9, startColumn: 7, endLine: 9, endColumn: 23 },
        { startLine: 5, startColumn: 41, endLine: 5, endColumn: 61 },
      ],
    )
  })

  it('keep their fingerprints when lines move, and each has its own', async () => {
    const before = fingerprints(await sarif(WORKLOAD + POLICIES))
    const after = fingerprints(await sarif(`# moved\n\n${WORKLOAD.replace('phi-5', 'phi-6')}${POLICIES}`))
    assert.deepEqual(after, before)
    assert.equal(new Set(before).size, before.length)
    const renamed = fingerprints(await sarif(WORKLOAD.replace('name: phi', 'name: other')))
    assert.ok(renamed.every(one => !before.includes(one)))
  })
})

function fingerprints(log: Log): readonly (string | undefined)[] {
  return log.runs[0].results.map(({ partialFingerprints }) => partialFingerprints['kaitoNative/v1'])
}

async function uriOf(path: string): Promise<string | undefined> {
  const [result] = (await sarif('', path)).runs[0].results
  return result?.locations[0]?.physicalLocation.artifactLocation.uri
}

describe('artifacts', () => {
  it('are relative inside the working directory, however they are named', async () => {
    const refused = goldenCases().find(({ name }) => name === 'refused-job')
    assert.ok(refused !== undefined)
    const want = 'test/golden/refused-job/input.yaml'
    assert.equal(relative(process.cwd(), refused.input), want, 'tests run in the root of the repository')
    assert.equal(await uriOf(refused.input), want)
    assert.equal(await uriOf(`./${want}`), want)
  })

  it('are absolute elsewhere, and escaped', async () => {
    const uri = await uriOf(file('a b#c.yaml', WORKLOAD))
    assert.match(uri ?? '', /^file:\/\/\/.*\/a%20b%23c\.yaml$/)
  })
})
