// The policies that we show are policies: the examples of docs/policy.md, and the sample, which lets the other samples pass.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { parsePolicy } from '../../src/core/policy/parse-policy.ts'
import { PULLER_IMAGE } from '../../src/core/template/image-files.ts'
import { DOWNLOAD_IMAGE, PUSH_IMAGE, WEIGHTS_IMAGE } from '../../src/core/template/tuning-layout.ts'
import { imageRepository } from '../../src/core/api/image.ts'
import { readRepositoryFile, runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const DOCS = readRepositoryFile('docs/policy.md')
const SAMPLE_POLICY = 'manifests/samples/preset-policy.yaml'
const NAMESPACE = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {team: a}}\n'

/** The YAML blocks of the page that are of a policy: a whole one, or fields of its spec. */
function examples(): readonly JsonObject[] {
  return [...DOCS.matchAll(/^```yaml\n([^]*?)^```$/gm)]
    .map(([, text = '']) => parse(text) as JsonObject)
    .filter(value => value['jobs'] === undefined)
}

/** The schema that the API server holds them against. */
function schemaOfCrd(): (policy: JsonObject) => string {
  const crd = parse(readRepositoryFile('manifests/base/presetpolicies.yaml')) as {
    spec: { versions: readonly { schema: { openAPIV3Schema: JsonObject } }[] }
  }
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { int32: true, int64: true, 'date-time': true },
  })
  const validate = ajv.compile(crd.spec.versions[0]?.schema.openAPIV3Schema ?? false)
  return policy => (validate(policy) ? '' : ajv.errorsText(validate.errors))
}

const crdErrors = schemaOfCrd()

describe('docs/policy.md', () => {
  it('has examples', () => assert.ok(examples().length >= 10))

  for (const example of examples())
    it(Object.keys(example).join(', '), () => {
      const isWhole = example['kind'] !== undefined
      const spec = { enforcement: 'Deny', ...example }
      const policy = isWhole ? example : { metadata: { name: 'x' }, spec }
      const parsed = parsePolicy(policy)
      assert.deepEqual(parsed.ok ? [] : parsed.errors, [])
      assert.equal(crdErrors(policy), '')
    })

  it('has an example of every field of the sample', () => {
    const shown = new Set(
      examples().flatMap(example => Object.keys({ ...example, ...objectAt(example, 'spec') })),
    )
    const { spec } = parse(readRepositoryFile(SAMPLE_POLICY)) as { spec: JsonObject }
    for (const field of [...Object.keys(spec), 'runtimes', 'mirrors']) assert.ok(shown.has(field), field)
  })

  for (const image of [PULLER_IMAGE, DOWNLOAD_IMAGE, PUSH_IMAGE, WEIGHTS_IMAGE])
    it(`names ${imageRepository(image)} among the images to let through`, () =>
      assert.ok(DOCS.includes(`\`${imageRepository(image)}\``)))
})

describe(SAMPLE_POLICY, () => {
  it('is what the CRD takes, which refuses others', () => {
    const policy = parse(readRepositoryFile(SAMPLE_POLICY)) as JsonObject
    assert.equal(crdErrors(policy), '')
    assert.notEqual(crdErrors({ ...policy, spec: { enforcement: 'Sometimes' } }), '')
  })

  for (const name of ['phi-4-mini', 'phi-3-tuning'])
    it(`lets ${name} pass where it applies`, async () => {
      const text = readRepositoryFile(`manifests/samples/${name}.yaml`).replace(
        /^metadata:\n/m,
        'metadata:\n  namespace: a\n',
      )
      const { code, stderr } = await runCli([
        'validate',
        '-f',
        file('w.yaml', text + NAMESPACE),
        '--policy',
        SAMPLE_POLICY,
      ])
      assert.equal(code, 0, stderr)
      assert.match(stderr, /under 1 policy/)
    })

  it('refuses what it does not list', async () => {
    const text = `${readRepositoryFile('manifests/samples/phi-4-mini.yaml')
      .replace(/^metadata:\n/m, 'metadata:\n  namespace: a\n')
      .replace('phi-4-mini-instruct', 'mistral-7b')}${NAMESPACE}`
    const { code, stdout } = await runCli(['validate', '-f', file('w.yaml', text), '--policy', SAMPLE_POLICY])
    assert.equal(code, 1)
    assert.match(
      stdout,
      /policy team-a allows only phi-\*, microsoft\/\* \(presets\); ask in #gpu-platform \(PresetNotAllowed, team-a\)/,
    )
  })
})
