// `render`, format by format: what scripts rely on (design §10). What is injected is the business of test/golden.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../src/core/api/json.ts'
import type { Operation } from '../../src/core/api/operation.ts'
import { injected } from '../core/admit/admission.ts'
import { makeWorkload, planText } from '../core/admit/make-workload.ts'
import { patched } from '../core/admit/patch-oracle.ts'
import { runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const SAMPLE = 'manifests/samples/phi-4-mini.yaml'
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}   # as it is\n'
const FRONTEND = JSON.stringify(
  makeWorkload({ name: 'web', annotations: { preset: undefined }, container: { image: 'nginx' } }),
)
const MODEL = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: phi # the model
  annotations: {kaito.sh/preset: phi-4, kaito.sh/instance-type: Standard_NC24ads_A100_v4}
spec:
  replicas: 2
  selector: {matchLabels: {app: phi}}
  template:
    metadata: {labels: {app: phi}}
    spec:
      # filled by kaito-native
      containers: [{name: model}]
`
const BROKEN = MODEL.replace('preset: phi-4', 'preset: phi-5')

/** The lines of a patch output, each a list of operations. */
function patches(stdout: string): readonly (readonly Operation[])[] {
  assert.ok(stdout === '' || stdout.endsWith('\n'))
  return stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Operation[])
}

describe('render -o yaml', () => {
  it('is the default, and what nothing changes stays letter for letter', async () => {
    const text = `# licence\n---\n${NAMESPACE}---\n# only a comment\n---\n${FRONTEND}\n...\n# the end\n`
    const { code, stdout, stderr } = await runCli(['render', '-f', file('same.yaml', text)])
    assert.deepEqual([code, stdout, stderr], [0, text, ''])
  })

  for (const [name, text] of [
    ['nothing', ''],
    ['comments only', '# nothing here\n'],
    ['no newline at the end', 'a: 1'],
    ['CRLF', 'a: 1\r\n---\r\nb: 2\r\n'],
    ['a byte order mark', '\ufeffapiVersion: v1\nkind: X\n'],
    ['documents without dashes', 'a: 1\n...\nb: 2\n'],
    ['a block that keeps its blank lines', 'a: |+\n  x\n\n\n---\nb: 2\n'],
    ['directives', '%YAML 1.1\n---\na: 1\n'],
  ] as const)
    it(`leaves ${name} alone`, async () => {
      assert.equal((await runCli(['render', '-f', file('alone.yaml', text)])).stdout, text)
    })

  it('leaves a kind alone that it does not handle, and says so where it is annotated', async () => {
    const text = MODEL.replace('kind: Deployment', 'kind: DaemonSet')
    const { code, stdout, stderr } = await runCli(['render', '-f', file('daemon.yaml', text)])
    assert.deepEqual([code, stdout], [0, text])
    const supported = 'apps/v1 Deployment, apps/v1 StatefulSet, batch/v1 Job, batch/v1 CronJob'
    const warning = `kaito.sh/preset has no effect on apps/v1 DaemonSet: supported are ${supported}`
    assert.equal(stderr, `warning: DaemonSet/phi: ${warning}\n`)
  })

  it('keeps comments, order and neighbours of what it changes', async () => {
    const { stdout } = await runCli([
      'render',
      '-f',
      file('three.yaml', `${NAMESPACE}---\n${MODEL}---\n${NAMESPACE}`),
    ])
    assert.ok(stdout.startsWith(`${NAMESPACE}---\napiVersion: apps/v1\nkind: Deployment\n`))
    assert.ok(stdout.endsWith(`---\n${NAMESPACE}`))
    assert.match(stdout, / {2}name: phi # the model\n/)
    assert.match(stdout, / {6}# filled by kaito-native\n {6}containers:\n/)
    assert.equal(parseAllDocuments(stdout).length, 3)
  })

  it('keeps the file’s own way to write lists and numbers', async () => {
    const text = MODEL.replace(
      '      containers: [{name: model}]',
      '      containers:\n      - name: model\n        args: [--seed=007]\n      volumes:\n      - name: s\n        secret: {secretName: s, defaultMode: 0644}',
    )
    const { stdout } = await runCli(['render', '-f', file('habits.yaml', text)])
    assert.match(
      stdout,
      /\n {6}- name: s\n {8}secret: \{secretName: s, defaultMode: 0644\}\n {6}- name: kaito-dshm\n/,
    )
    assert.match(stdout, /args: \[--seed=007\]/)
  })

  it('says what was planned on stderr', async () => {
    const { stderr } = await runCli(['render', '-f', file('model.yaml', MODEL)])
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      'warning: Deployment/phi: phi-4 on Standard_NC24ads_A100_v4, 1 GPU',
      'warning: Deployment/phi: call http://phi.default/v1, model phi-4',
    ])
  })

  it('changes one of two that share an anchor', async () => {
    const text = MODEL.replace(
      '[{name: model}]',
      '[{name: model, resources: &r {}}, {name: log, image: l, resources: *r}]',
    )
    const { stdout } = await runCli(['render', '-f', file('anchor.yaml', text), '-o', 'json'])
    const containers = (
      (JSON.parse(stdout) as JsonObject)['spec'] as { template: { spec: { containers: JsonObject[] } } }
    ).template.spec.containers
    assert.deepEqual(containers[1]?.['resources'], {})
    assert.notDeepEqual(containers[0]?.['resources'], {})
  })
})

describe('YAML as kubectl reads it', () => {
  const values: Readonly<Record<string, unknown>> = {
    '0644': 420,
    '0o644': 420,
    '1_000': 1000,
    '0x10': 16,
    yes: true,
    off: false,
    '~': null,
    '22:22': '22:22',
    '2001-12-14': '2001-12-14',
    '"0644"': '0644',
    '1e3': 1000,
    '08': 8,
  }
  for (const [text, want] of Object.entries(values))
    it(`${text} is ${JSON.stringify(want)}`, async () => {
      const { stdout } = await runCli(['render', '-f', file('value.yaml', `x: ${text}\n`), '-o', 'json'])
      assert.deepEqual(JSON.parse(stdout), { x: want })
    })

  it('merges maps', async () => {
    const { stdout } = await runCli([
      'render',
      '-f',
      file('merge.yaml', 'a: &a {x: 1}\nb: {<<: *a, z: 2}\n'),
      '-o',
      'json',
    ])
    assert.deepEqual(JSON.parse(stdout), { a: { x: 1 }, b: { x: 1, z: 2 } })
  })
})

describe('render -o json', () => {
  it('is the object, if there is one', async () => {
    const { stdout } = await runCli(['render', '-f', SAMPLE, '-o', 'json'])
    const object = JSON.parse(stdout) as JsonObject
    assert.equal(object['kind'], 'Deployment')
    assert.deepEqual(object, parse((await runCli(['render', '-f', SAMPLE])).stdout))
  })

  it('is a List of all of them, if there are several, and of none', async () => {
    const several = await runCli([
      'render',
      '-f',
      file('several.yaml', `${NAMESPACE}---\n---\n${MODEL}`),
      '-o',
      'json',
    ])
    const list = JSON.parse(several.stdout) as { kind: string; apiVersion: string; items: JsonObject[] }
    assert.deepEqual(
      [list.apiVersion, list.kind, list.items.map(item => item['kind'])],
      ['v1', 'List', ['Namespace', 'Deployment']],
    )
    assert.deepEqual(
      JSON.parse((await runCli(['render', '-f', file('none.yaml', '# none\n'), '-o', 'json'])).stdout),
      {
        apiVersion: 'v1',
        kind: 'List',
        items: [],
      },
    )
  })

  it('reads JSON as well as YAML', async () => {
    const object = makeWorkload()
    const { stdout } = await runCli(['render', '-f', file('in.json', JSON.stringify(object)), '-o', 'json'])
    assert.deepEqual(JSON.parse(stdout), injected(object))
  })

  it('keeps keys that JavaScript has a meaning for', async () => {
    const text = JSON.stringify(makeWorkload()).replaceAll(
      '"app":"phi"',
      '"app":"phi","__proto__":"p","constructor":"c"',
    )
    const { stdout } = await runCli(['render', '-f', file('proto.json', text), '-o', 'json'])
    assert.equal(stdout.match(/"__proto__": "p"/g)?.length, 2)
  })
})

describe('render -o patch', () => {
  it('is one line for each annotated workload, in order, [] where nothing changes', async () => {
    const done = JSON.stringify(injected(makeWorkload({ name: 'done' })))
    const text = [NAMESPACE, MODEL, FRONTEND, done, MODEL.replace('name: phi #', 'name: last #')].join(
      '\n---\n',
    )
    const { code, stdout } = await runCli(['render', '-f', file('patch.yaml', text), '-o', 'patch'])
    assert.equal(code, 0)
    const [first, second, third, ...others] = patches(stdout)
    assert.deepEqual(others, [])
    assert.ok((first?.length ?? 0) > 5 && (third?.length ?? 0) > 5)
    assert.deepEqual(second, [])
  })

  it('is what turns the file into the other formats', async () => {
    const path = file('model.yaml', MODEL)
    const [operations] = patches((await runCli(['render', '-f', path, '-o', 'patch'])).stdout)
    const json = JSON.parse((await runCli(['render', '-f', path, '-o', 'json'])).stdout) as JsonObject
    assert.deepEqual(patched(parse(MODEL) as JsonObject, operations ?? []), json)
  })

  it('points into the workload itself, also in a List', async () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Secret' }, makeWorkload()],
    })
    const [operations] = patches(
      (await runCli(['render', '-f', file('list.json', list), '-o', 'patch'])).stdout,
    )
    assert.ok(operations?.every(({ path }) => /^\/(spec|metadata)\//.test(path)))
  })

  it('is nothing where nothing is annotated, and [] for one that is being deleted', async () => {
    assert.equal((await runCli(['render', '-f', file('frontend.json', FRONTEND), '-o', 'patch'])).stdout, '')
    const object = makeWorkload()
    const deleted = {
      ...object,
      metadata: { ...(object['metadata'] as JsonObject), deletionTimestamp: '2026-01-01T00:00:00Z' },
    }
    assert.equal(
      (await runCli(['render', '-f', file('deleted.json', JSON.stringify(deleted)), '-o', 'patch'])).stdout,
      '[]\n',
    )
  })

  it('takes back what a workload without the preset still carries', async () => {
    const text = JSON.stringify(injected(makeWorkload({ container: { image: 'own:1' } }))).replace(
      '"kaito.sh/preset":"phi-4-mini-instruct",',
      '',
    )
    const [operations] = patches(
      (await runCli(['render', '-f', file('removed.json', text), '-o', 'patch'])).stdout,
    )
    assert.ok(operations?.some(({ op }) => op === 'remove'))
  })
})

describe('render -o diff', () => {
  const path = file('diff.yaml', `${NAMESPACE}---\n${MODEL}`)

  it('is a unified diff that patch(1) understands', async () => {
    const { code, stdout } = await runCli(['render', '-f', path, '-o', 'diff'])
    assert.equal(code, 0)
    const [before, after, hunk] = stdout.split('\n')
    assert.deepEqual([before, after], [`--- ${path}`, `+++ ${path} (rendered)`])
    assert.match(hunk ?? '', /^@@ -\d+,\d+ \+\d+,\d+ @@$/)
    for (const line of stdout.split('\n').slice(2)) assert.match(line, /^($|[-+ @])/)
    assert.doesNotMatch(stdout, new RegExp(String.fromCharCode(27)))
  })

  it('has colours where they are welcome, and says the same', async () => {
    const escape = String.fromCharCode(27)
    const plain = (await runCli(['render', '-f', path, '-o', 'diff'])).stdout
    const coloured = (await runCli(['render', '-f', path, '-o', 'diff'], true)).stdout
    assert.ok(
      coloured.includes(`${escape}[32m+`) &&
        coloured.includes(`${escape}[31m-`) &&
        coloured.includes(`${escape}[36m@@`),
    )
    assert.equal(coloured.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), ''), plain)
  })

  it('is empty, and says so, where nothing changes', async () => {
    const plain = file('plain.yaml', NAMESPACE)
    const { code, stdout, stderr } = await runCli(['render', '-f', plain, '-o', 'diff'])
    assert.deepEqual([code, stdout, stderr], [0, '', 'nothing would change\n'])
  })
})

describe('render -o decision', () => {
  it('is one entry for each object, with these fields', async () => {
    const text = [MODEL, FRONTEND, NAMESPACE].join('\n---\n')
    const { stdout } = await runCli(['render', '-f', file('decision.yaml', text), '-o', 'decision'])
    const [model, frontend, namespace] = JSON.parse(stdout) as JsonObject[]
    assert.deepEqual(Object.keys(model ?? {}), ['decision', 'object', 'reasons', 'warnings', 'plan'])
    assert.deepEqual(model?.['object'], {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'default',
      name: 'phi',
    })
    assert.deepEqual(model?.['reasons'], [
      { code: 'Planned', message: 'phi-4 on Standard_NC24ads_A100_v4, 1 GPU' },
    ])
    assert.deepEqual([frontend?.['decision'], frontend?.['plan']], ['Skip', undefined])
    assert.equal(namespace?.['decision'], 'Skip')
  })

  it('holds the plan as the annotation has it', async () => {
    const path = file('plan.yaml', MODEL)
    const [{ plan } = { plan: {} }] = JSON.parse(
      (await runCli(['render', '-f', path, '-o', 'decision'])).stdout,
    ) as { plan: JsonObject }[]
    const json = JSON.parse((await runCli(['render', '-f', path, '-o', 'json'])).stdout) as JsonObject
    assert.deepEqual(JSON.parse(planText(json)), plan)
  })

  it('is printed for a refusal too', async () => {
    const { code, stdout } = await runCli(['render', '-f', file('broken.yaml', BROKEN), '-o', 'decision'])
    assert.equal(code, 1)
    const [denied] = JSON.parse(stdout) as { decision: string; reasons: { code: string; field: string }[] }[]
    assert.equal(denied?.decision, 'Deny')
    assert.deepEqual(
      denied.reasons.map(({ code: reason, field }) => [reason, field]),
      [['UnknownPreset', 'metadata.annotations[kaito.sh/preset]']],
    )
  })
})

describe('a refusal', () => {
  for (const format of ['yaml', 'json', 'patch', 'diff'])
    it(`puts nothing on stdout with -o ${format}, not even for its neighbours`, async () => {
      const { code, stdout, stderr } = await runCli([
        'render',
        '-f',
        file('refused.yaml', `${MODEL}---\n${BROKEN}`),
        '-o',
        format,
      ])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(
        stderr,
        /^error: \S+refused\.yaml: Deployment\/phi is refused:\n {2}metadata\.annotations\[kaito\.sh\/preset\]: Not found: "phi-5": /m,
      )
    })
})

const TUNING_JOB = `apiVersion: batch/v1
kind: Job
metadata:
  name: tune
  annotations: {kaito.sh/preset: phi-4, kaito.sh/tuning-method: qlora, kaito.sh/config: mine}
spec: {template: {spec: {containers: [{name: t}], volumes: [{name: data, emptyDir: {}}, {name: results, emptyDir: {}}]}}}
`

function settings(namespace: string, output: string): string {
  return `---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine${namespace}}
data:
  training_config.yaml: |
    training_config:
      QuantizationConfig: {load_in_4bit: true}
      TrainingArguments: {output_dir: ${output}}
`
}

/** What `render` says of the ConfigMap. */
async function said(text: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runCli(['render', '-f', file('tune.yaml', text)])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /kaito\.sh\/plan/)
  return stderr.split('\n').filter(line => line.includes('ConfigMap'))
}

describe('settings of a trainer beside their Job', () => {
  it('are warned of where they cannot work', async () =>
    assert.deepEqual(await said(TUNING_JOB + settings('', 'out')), [
      'warning: Job/tune: ConfigMap mine: data[training_config.yaml].training_config.TrainingArguments.output_dir: Invalid value: "out": must be /mnt/results: there the adapter is looked for',
    ]))

  it('are left alone where they can, or are others', async () => {
    assert.deepEqual(await said(TUNING_JOB + settings('', '/mnt/results')), [])
    assert.deepEqual(await said(TUNING_JOB + settings(', namespace: other', 'out')), [])
    assert.deepEqual(await said(TUNING_JOB), [])
  })
})

async function typesPlanned(...args: readonly string[]): Promise<string> {
  const auto = file('auto.yaml', MODEL.replace(', kaito.sh/instance-type: Standard_NC24ads_A100_v4', ''))
  const { stdout } = await runCli(['render', '-f', auto, '-o', 'decision', ...args])
  const [first] = JSON.parse(stdout) as { plan: { instanceTypes: string[] } }[]
  return first?.plan.instanceTypes.join(' ') ?? ''
}

describe('options', () => {
  it('--cloud chooses whose types auto takes', async () => {
    assert.match(await typesPlanned(), /^Standard_/)
    assert.match(await typesPlanned('--cloud', 'aws'), /^g\d|^p\d/)
  })

  it('--catalogue adds presets, and a broken one is refused with its place', async () => {
    const { code, stderr } = await runCli(['render', '-f', SAMPLE, '--catalogue', '/nonexistent/folder'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: \/nonexistent\/folder/)
  })
})
