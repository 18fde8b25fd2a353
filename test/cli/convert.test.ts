// `convert`: upstream's manifests in, native workloads out, and what comes out goes through `render`. The expected documents
// stand in test/fixtures/workspaces/native; after a change that is meant: `npm run -s kaito-native -- convert -f X.yaml > native/X.yaml`.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/core/api/json.ts'
import { repositoryFile, runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const FOLDER = fileURLToPath(repositoryFile('test/fixtures/workspaces'))
const FIXTURES = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'))

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}   # as it is\n'
const WORKSPACE = `# ours
apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: phi}
resource:
  instanceType: Standard_NC24ads_A100_v4
  labelSelector: {matchLabels: {apps: phi}}
inference:
  preset: {name: phi-4}
`

interface DecidedObject {
  readonly decision: string
  readonly object: { readonly kind: string; readonly name: string }
}

async function convert(text: string, ...flags: readonly string[]): ReturnType<typeof runCli> {
  return runCli(['convert', '-f', file('input.yaml', text), ...flags])
}

describe('convert: the examples', () => {
  it('are there', () => assert.ok(FIXTURES.length >= 10))

  for (const name of FIXTURES) {
    const native = join(FOLDER, 'native', name)

    it(`${name} comes out as expected`, async () => {
      const { code, stdout } = await runCli(['convert', '-f', join(FOLDER, name)])
      assert.equal(code, 0)
      assert.equal(stdout, readFileSync(native, 'utf8'))
    })

    it(`${name}: render takes it`, async () => {
      const { stdout } = await runCli(['render', '-f', native, '-o', 'decision'])
      for (const decided of JSON.parse(stdout) as readonly DecidedObject[]) assertTaken(decided, native)
    })

    it(`${name}: what came out has nothing left to convert`, async () => {
      const { code, stdout, stderr } = await runCli(['convert', '-f', native])
      assert.deepEqual([code, stdout, stderr], [0, readFileSync(native, 'utf8'), ''])
    })
  }
})

function assertTaken({ decision, object }: DecidedObject, path: string): void {
  const isOurs =
    ['Deployment', 'StatefulSet', 'Job'].includes(object.kind) && !path.includes('custom-template')
  assert.equal(decision, isOurs ? 'Plan' : 'Skip', object.name)
}

describe('convert: a file', () => {
  it('keeps every other document letter for letter, in its place', async () => {
    const { code, stdout, stderr } = await convert(`${CONFIG_MAP}---\n${WORKSPACE}---\n${CONFIG_MAP}`)
    assert.deepEqual([code, stderr], [0, ''])
    const [first, second = '', third] = stdout.split('---\n')
    assert.deepEqual([first, third], [CONFIG_MAP, CONFIG_MAP])
    assert.match(
      second,
      /^# ours\n# kaito-native: converted from Workspace\/phi \(kaito\.sh\/v1beta1\)\napiVersion: apps\/v1\n/,
    )
  })

  it('without anything of upstream’s is printed as it is', async () => {
    for (const text of ['', '# nothing\n', CONFIG_MAP, `---\n${CONFIG_MAP}---\n# end`])
      assert.deepEqual(await convert(text), { code: 0, stdout: text, stderr: '' })
  })

  it('as JSON: the object, or a List; what YAML says in comments goes to stderr', async () => {
    const text = WORKSPACE.replace('instanceType:', 'colour: red\n  instanceType:')
    const one = await convert(text, '-o', 'json')
    assert.equal((JSON.parse(one.stdout) as JsonObject)['kind'], 'Deployment')
    assert.equal(one.stderr, 'warning: Workspace/phi: resource.colour: unknown to kaito-native, left out\n')
    const { stdout } = await convert(`${CONFIG_MAP}---\n${WORKSPACE}`, '-o', 'json')
    const list = JSON.parse(stdout) as { kind: string; items: readonly JsonObject[] }
    assert.deepEqual(
      [list.kind, ...list.items.map(item => item['kind'])],
      ['List', 'ConfigMap', 'Deployment'],
    )
  })

  it('is the same data in both formats', async () => {
    const yaml = await convert(WORKSPACE)
    const json = await convert(WORKSPACE, '-o', 'json')
    assert.deepEqual(parse(yaml.stdout), JSON.parse(json.stdout))
  })

  it('says of upstream’s other kinds that they stay', async () => {
    const text = 'apiVersion: kaito.sh/v1beta1\nkind: RAGEngine\nmetadata: {name: rag}\n'
    assert.deepEqual(await convert(text), {
      code: 0,
      stdout: text,
      stderr: 'warning: RAGEngine/rag: has no native equivalent, printed as it is\n',
    })
  })

  it('is refused with the mistakes of all its objects, and nothing on stdout', async () => {
    const wrong = WORKSPACE.replace('phi-4', 'phi-5').replace('Standard_NC24ads_A100_v4', 'Standard_NC24')
    const { code, stdout, stderr } = await convert(
      `${wrong}---\n${WORKSPACE.replace('name: phi', 'nam: phi')}`,
    )
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^error: .*input\.yaml: Workspace\/phi cannot be converted:\n {2}inference\.preset\.name: Not found: "phi-5": /,
    )
    assert.match(stderr, /^ {2}resource\.instanceType: Unsupported value: "Standard_NC24": /m)
    assert.match(
      stderr,
      /^error: .*: Workspace\/ cannot be converted:\n {2}metadata\.name: Required value: /m,
    )
  })

  it('names the unknown fields of what is refused: one may be the misspelt one', async () => {
    const { code, stderr } = await convert(WORKSPACE.replace('resource:', 'resourc:'))
    assert.equal(code, 1)
    assert.match(stderr, /^ {2}resource\.labelSelector: Required value: /m)
    assert.match(stderr, /^warning: Workspace\/phi: resourc: unknown to kaito-native/m)
  })

  it('prints only comments for what has nothing to run', async () => {
    const text = readFileSync(join(FOLDER, 'inference-set-two-nodes.yaml'), 'utf8').replace(
      'replicas: 2',
      'replicas: 0',
    )
    const { code, stdout } = await convert(text)
    assert.equal(code, 0)
    assert.match(stdout, /^# kaito-native: spec\.replicas: 0: nothing to run/m)
    assert.doesNotMatch(stdout, /^[^#]/m)
  })

  it('has its presets and instance types from --catalogue as well', async () => {
    const { code, stderr } = await convert(WORKSPACE, '--catalogue', '/nonexistent')
    assert.equal(code, 1)
    assert.match(stderr, /^error: .*nonexistent/)
  })
})

describe('convert: wrong usage is exit code 2', () => {
  for (const args of [['convert'], ['convert', '-f', 'x', '-o', 'patch'], ['convert', '-f', 'x', '-f', 'y']])
    it(`kaito-native ${args.join(' ')}`, async () => {
      const { code, stdout } = await runCli(args)
      assert.deepEqual([code, stdout], [2, ''])
    })
})
