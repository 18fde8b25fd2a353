// `validate`: what it finds in files, under which policies, what it prints where, and its exit codes. SARIF has a file of its
// own (format/sarif.test.ts), places too (place.test.ts).
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { goldenCases, recorded } from '../golden/cases.ts'
import { repositoryFile, runCli, type CliOutcome } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()

interface PublicError {
  readonly field: string
  readonly type: string
  readonly value?: string
  readonly message: string
  readonly code: string
  readonly policy?: string
}

interface Entry {
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string }
  readonly decision: string
  readonly errors: readonly PublicError[]
  readonly warnings: readonly string[]
  readonly audit: readonly PublicError[]
}

interface ModelParts {
  readonly name?: string
  readonly namespace?: string
  readonly preset?: string
  readonly annotations?: string
  readonly replicas?: number
}

/** A Deployment of two, in which nothing is to be found. */
function model({
  name = 'phi',
  namespace = 'a',
  preset = 'phi-4',
  annotations = '',
  replicas = 2,
}: ModelParts = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  annotations:
    kaito.sh/preset: ${preset}
    kaito.sh/instance-type: Standard_NC24ads_A100_v4${annotations}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: phi}}
  template:
    metadata: {labels: {app: phi}}
    spec:
      containers: [{name: model}]
`
}

function policy(spec: string, name = 'team'): string {
  return `apiVersion: policy.kaito.sh/v1alpha1\nkind: PresetPolicy\nmetadata: {name: ${name}}\nspec: {${spec}}\n`
}

/** Documents of one file. */
function documents(...texts: readonly string[]): string {
  return texts.join('---\n')
}

async function validate(text: string, ...flags: readonly string[]): Promise<CliOutcome> {
  return runCli(['validate', '-f', file('w.yaml', text), ...flags])
}

async function entries(text: string, ...flags: readonly string[]): Promise<readonly Entry[]> {
  return JSON.parse((await validate(text, '-o', 'json', ...flags)).stdout) as readonly Entry[]
}

/** Lines without the folder that the test's file is in. */
function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => line.replace(/^(error: )?\/\S*\/(?=\w+\.yaml:)/, '$1'))
}

const MISTAKEN = model({
  preset: 'phi-5',
  annotations: '\n    kaito.sh/runtime: vlm\n    kaito.sh/nonsense: x',
})
const PHI_ONLY = policy('enforcement: Deny, presets: {allow: ["mistral*"]}, message: "ask us"')

describe('validate -o text', () => {
  it('is the default: a line for each mistake and warning, the count on stderr', async () => {
    const { code, stdout, stderr } = await validate(documents(model(), MISTAKEN))
    assert.equal(code, 1)
    assert.deepEqual(lines(stdout), [
      'w.yaml:25:5: error: metadata.annotations[kaito.sh/runtime]: Unsupported value: "vlm": supported values: "vllm", "transformers" (InvalidAnnotation)',
      'w.yaml:23:5: error: metadata.annotations[kaito.sh/preset]: Not found: "phi-5": the catalogue has no such preset; `kaito-native presets` lists what there is; did you mean "phi-2" or "phi-4"? (UnknownPreset)',
      'w.yaml:26:5: warning: annotation kaito.sh/nonsense is unknown and was ignored',
    ])
    assert.equal(stderr, '1 of 2 annotated workloads refused: 2 errors, 1 warning\n')
  })

  it('is nothing where nothing is found, and says so on stderr', async () => {
    assert.deepEqual(await validate(model()), {
      code: 0,
      stdout: '',
      stderr: '1 annotated workload checked: nothing found\n',
    })
  })

  it('does not count what only tells of the plan', async () => {
    const adapters = '\n    kaito.sh/adapters: "[{name: poet, image: registry.example/poet:1}]"'
    assert.equal((await validate(model({ annotations: adapters }))).stdout, '')
  })

  it('names code and policy of what a policy has against it', async () => {
    const { code, stdout, stderr } = await validate(documents(model(), PHI_ONLY))
    assert.equal(code, 1)
    assert.deepEqual(lines(stdout), [
      'w.yaml:7:5: error: metadata.annotations[kaito.sh/preset]: Forbidden: "phi-4": policy team allows only mistral* (presets); ask us (PresetNotAllowed, team)',
    ])
    assert.equal(stderr, '1 of 1 annotated workload refused under 1 policy: 1 error\n')
  })

  it('is one line also where the message goes on', async () => {
    const { stdout } = await validate(model({ preset: 'acme/foo-1' }))
    assert.equal(lines(stdout).length, 1)
    assert.match(
      stdout,
      /fill in this entry of the catalogue \(presets\/README\.md\): … \(UnknownPreset\)\n$/,
    )
  })

  it('finds the place of what a warning is about', async () => {
    const text = model({ replicas: 1, annotations: '\n    kaito.sh/service: "false"' })
      .replace('{labels: {app: phi}}', '{labels: {app: phi}, annotations: {kaito.sh/preset: phi-4}}')
      .replace('spec:\n', 'spec:\n  strategy: {rollingUpdate: {maxSurge: 1}}\n')
    const { code, stdout } = await validate(text)
    assert.equal(code, 0)
    assert.deepEqual(lines(stdout).toSorted(), [
      'w.yaml:11:3: warning: spec.strategy surges: every rollout needs a spare GPU node',
      'w.yaml:15:50: warning: kaito.sh/preset on the pod template has no effect: put it at metadata.annotations',
    ])
  })
})

describe('validate -o json', () => {
  it('is an entry for each annotated workload, with these fields', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n'
    const [first, second, ...others] = await entries(documents(namespace, model(), MISTAKEN))
    assert.deepEqual(others, [])
    assert.deepEqual(first, {
      object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a', name: 'phi' },
      decision: 'Plan',
      errors: [],
      warnings: [],
      audit: [],
    })
    assert.equal(second?.decision, 'Deny')
    assert.deepEqual(second.errors[0], {
      field: 'metadata.annotations[kaito.sh/runtime]',
      type: 'NotSupported',
      value: 'vlm',
      message: 'Unsupported value: "vlm": supported values: "vllm", "transformers"',
      code: 'InvalidAnnotation',
    })
    assert.deepEqual(second.warnings, ['annotation kaito.sh/nonsense is unknown and was ignored'])
  })

  it('is an empty list where nothing is annotated, exit code 0', async () => {
    for (const text of [
      '',
      '# nothing\n',
      model().replace('kaito.sh/preset', 'other/preset').replace('kaito.sh/', 'other/'),
      'a: 1\n',
      '- 1\n',
    ]) {
      const { code, stdout, stderr } = await validate(text, '-o', 'json')
      assert.deepEqual([code, stdout, stderr], [0, '[]\n', 'no annotated workload found\n'])
    }
  })

  it('tells of annotations that nobody reads', async () => {
    const [entry] = await entries(model().replaceAll('kaito.sh/preset', 'kaito.sh/presett'))
    assert.equal(entry?.decision, 'Skip')
    assert.match(entry.warnings[0] ?? '', /kaito\.sh\/presett is unknown.*did you mean kaito\.sh\/preset\?/)
  })

  it('has a refusal’s reason on stderr as well, like the other commands', async () => {
    const { stderr } = await validate(MISTAKEN, '-o', 'json')
    assert.match(stderr, /^\S+:7:5: error: metadata\.annotations\[kaito\.sh\/preset\]: Not found: /m)
    assert.match(stderr, /\n1 of 1 annotated workload refused: 2 errors, 1 warning\n$/)
  })

  it('repeats no secret', async () => {
    const token = `hf_${'x'.repeat(34)}`
    for (const format of ['text', 'json', 'sarif']) {
      const { code, stdout, stderr } = await validate(
        model({ annotations: `\n    kaito.sh/model-access-secret: ${token}` }),
        '-o',
        format,
      )
      assert.equal(code, 1)
      assert.ok(!`${stdout}${stderr}`.includes(token), format)
    }
  })
})

/** `NAME: CODE POLICY` of every error. */
async function denied(text: string, ...flags: readonly string[]): Promise<readonly string[]> {
  const found = await entries(text, ...flags)
  return found.flatMap(({ object, errors }) =>
    errors.map(({ code, policy: name }) => `${object.name}: ${code} ${name}`),
  )
}

/** A policy that denies everything in the namespace of that name. */
function byName(name: string): string {
  const selector = `{matchLabels: {kubernetes.io/metadata.name: ${name}}}`
  return policy(`enforcement: Deny, presets: {deny: ["*"]}, namespaceSelector: ${selector}`)
}

describe('what validate judges by', () => {
  it('policies of --policy as well as those among the documents', async () => {
    const other = file('policies.yaml', policy('enforcement: Deny, runtimes: [transformers]', 'other'))
    assert.deepEqual(await denied(documents(model(), PHI_ONLY), '--policy', other), [
      'phi: RuntimeNotAllowed other',
      'phi: PresetNotAllowed team',
    ])
  })

  it('the labels of Namespaces among the documents, in --policy files too', async () => {
    const selected = policy(
      'enforcement: Deny, presets: {deny: ["*"]}, namespaceSelector: {matchLabels: {team: a}}',
    )
    const labelled = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {team: a}}\n'
    assert.deepEqual(await denied(documents(model(), selected)), [])
    assert.deepEqual(await denied(documents(model(), selected, labelled)), ['phi: PresetNotAllowed team'])
    const path = file('cluster.yaml', documents(selected, labelled))
    assert.deepEqual(await denied(model(), '--policy', path), ['phi: PresetNotAllowed team'])
    assert.deepEqual(await denied(model({ namespace: 'b' }), '--policy', path), [])
  })

  it('says that a policy was applied to nothing where the labels of a namespace are not told', async () => {
    const byLabel = policy(
      'enforcement: Deny, presets: {deny: ["*"]}, namespaceSelector: {matchLabels: {team: a}}',
    )
    const unlabelled = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n'
    const { stdout, stderr, code } = await validate(documents(model(), byLabel))
    assert.deepEqual([stdout, code], ['', 0])
    assert.match(
      stderr,
      /^warning: policy team was applied to nothing: .*may select some: a; add their Namespaces/,
    )
    assert.match(stderr, /\n1 annotated workload checked under 0 of 1 policy: nothing found\n$/)
    for (const known of [documents(byLabel, unlabelled), byName('b')]) {
      const told = await validate(documents(model(), known))
      assert.equal(told.stderr, '1 annotated workload checked under 0 of 1 policy: nothing found\n')
    }
  })

  it('a namespace without a document has the label of its name, and one that is not named is default', async () => {
    assert.deepEqual(await denied(documents(model(), byName('a'))), ['phi: PresetNotAllowed team'])
    assert.deepEqual(await denied(documents(model(), byName('default'))), [])
    assert.deepEqual(await denied(documents(model().replace('  namespace: a\n', ''), byName('default'))), [
      'phi: PresetNotAllowed team',
    ])
  })

  it('quotas by what the other workloads of the namespace use', async () => {
    const quota = policy('enforcement: Deny, limits: {gpus: 3}')
    const two = [model({ name: 'one' }), model({ name: 'two' })]
    assert.deepEqual(await denied(documents(model(), quota)), [])
    assert.deepEqual(await denied(documents(...two, quota)), [
      'one: QuotaExceeded team',
      'two: QuotaExceeded team',
    ])
    assert.deepEqual(
      await denied(documents(model({ name: 'one' }), model({ name: 'two', namespace: 'b' }), quota)),
      [],
    )
    assert.deepEqual(
      await denied(documents(model({ name: 'one' }), model({ name: 'two', replicas: 1 }), quota)),
      [],
    )
  })

  it('without what is refused by itself', async () => {
    const quota = policy('enforcement: Deny, limits: {gpus: 3}, presets: {deny: [mistral*]}')
    const large = model({ name: 'large', replicas: 9 })
    assert.deepEqual(await denied(documents(large, model({ name: 'small' }), quota)), [
      'large: QuotaExceeded team',
    ])
    const forbidden = model({ name: 'forbidden', preset: 'mistral-7b' })
    assert.deepEqual(
      (await entries(documents(forbidden, model({ name: 'small' }), quota))).map(({ decision }) => decision),
      ['Deny', 'Plan'],
    )
  })

  it('what an autoscaler may scale to, as a warning', async () => {
    const quota = policy('enforcement: Deny, limits: {gpus: 3}')
    const target = 'scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: phi}'
    const hpa = `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: a}\nspec: {maxReplicas: 9, ${target}}\n`
    const [entry] = await entries(documents(model(), quota, hpa))
    assert.equal(entry?.decision, 'Plan')
    assert.match(
      entry.warnings[0] ?? '',
      /^an autoscaler may scale it to 9 replicas: policy team allows namespace a 3 GPUs/,
    )
    const keda = hpa
      .replace('autoscaling/v2', 'keda.sh/v1alpha1')
      .replace('HorizontalPodAutoscaler', 'ScaledObject')
      .replace('maxReplicas: 9, ', '')
    assert.match(
      (await entries(documents(model(), quota, keda)))[0]?.warnings[0] ?? '',
      /scale it to 100 replicas/,
    )
    assert.deepEqual(
      (await entries(documents(model(), quota, hpa.replace('namespace: a', 'namespace: b'))))[0]?.warnings,
      [],
    )
  })

  it('the settings of a trainer that stand beside its Job', async () => {
    const text = `apiVersion: batch/v1
kind: Job
metadata:
  name: tune
  annotations: {kaito.sh/preset: phi-4, kaito.sh/tuning-method: lora, kaito.sh/config: mine}
spec: {template: {spec: {containers: [{name: t}], volumes: [{name: data, emptyDir: {}}, {name: results, emptyDir: {}}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine}
data: {training_config.yaml: 'training_config: {TrainingArguments: {output_dir: out}}'}
`
    const { code, stdout } = await runCli(['validate', '-f', file('tune.yaml', text)])
    assert.equal(code, 0)
    assert.match(stdout, /tune\.yaml:.*: warning: .*ConfigMap mine: data\[training_config\.yaml\]/)
  })

  it('Warn and Audit without refusing', async () => {
    const policies = documents(
      policy('enforcement: Warn, presets: {deny: [phi-*]}', 'warn'),
      policy('enforcement: Audit, runtimes: [transformers]', 'audit'),
    )
    const text = documents(model(), policies)
    const { code, stdout, stderr } = await validate(text)
    assert.equal(code, 0)
    assert.deepEqual(lines(stdout), [
      'w.yaml:7:5: warning: metadata.annotations[kaito.sh/preset]: Forbidden: "phi-4": policy warn denies phi-* (presets) (PresetNotAllowed, warn)',
      'w.yaml:6:3: note: metadata.annotations[kaito.sh/runtime]: Forbidden: "vllm": policy audit allows only transformers (runtimes) (RuntimeNotAllowed, audit)',
    ])
    assert.equal(stderr, '1 annotated workload checked under 2 policies: 1 warning, 1 note\n')
    const [entry] = await entries(text)
    assert.deepEqual(entry?.warnings, ['phi-4: policy warn denies phi-* (presets)'])
    assert.deepEqual(
      entry.audit.map(({ code: reason, policy: name }) => [reason, name]),
      [['RuntimeNotAllowed', 'audit']],
    )
  })

  it('a user’s mistakes together with what policies refuse, each once', async () => {
    const text = documents(
      model({ preset: 'phi-4', annotations: '\n    kaito.sh/idle-grace: soon' }),
      PHI_ONLY,
    )
    assert.deepEqual(await denied(text), ['phi: InvalidAnnotation undefined', 'phi: PresetNotAllowed team'])
  })
})

describe('a policy that is not right ends it, with every mistake and its place', () => {
  const table: readonly (readonly [name: string, text: string, want: readonly string[]])[] = [
    [
      'unknown fields and values',
      policy('enforcement: deny, preset: {}'),
      [
        'error: w.yaml:4:27: spec.preset: Invalid value: unknown field',
        'error: w.yaml:4:8: spec.enforcement: Unsupported value: "deny": supported values: "Deny", "Warn", "Audit"',
      ],
    ],
    [
      'no spec',
      'apiVersion: policy.kaito.sh/v1alpha1\nkind: PresetPolicy\nmetadata: {name: x}\n',
      ['error: w.yaml:1:1: spec.enforcement: Required value'],
    ],
    [
      'another version',
      policy('enforcement: Deny').replace('v1alpha1', 'v1'),
      [
        'error: w.yaml:1:1: apiVersion: Unsupported value: "policy.kaito.sh/v1": supported values: "policy.kaito.sh/v1alpha1"',
      ],
    ],
    [
      'a misspelt kind',
      policy('enforcement: Deny').replace('PresetPolicy', 'PresetPolcy'),
      ['error: w.yaml:2:1: kind: Unsupported value: "PresetPolcy": supported values: "PresetPolicy"'],
    ],
    [
      'two of one name',
      documents(policy('enforcement: Deny'), policy('enforcement: Warn')),
      [
        'error: w.yaml:8:12: metadata.name: Duplicate value: "team": another policy in these files has this name',
      ],
    ],
    [
      'two wrong ones',
      documents(policy('enforcement: Dny', 'one'), policy('limits: {gpus: many}', 'two')),
      [
        'error: w.yaml:4:8: spec.enforcement',
        'error: w.yaml:9:1: spec.enforcement: Required',
        'error: w.yaml:9:17: spec.limits.gpus: Invalid',
      ],
    ],
  ]
  for (const [name, text, want] of table)
    for (const output of ['text', 'sarif'])
      it(`${name} (-o ${output})`, async () => {
        const { code, stdout, stderr } = await validate(documents(text, model()), '-o', output)
        assert.deepEqual([code, stdout], [1, ''])
        const said = lines(stderr)
        assert.equal(said.length, want.length, stderr)
        for (const [index, line] of want.entries()) assert.ok(said[index]?.startsWith(line), said[index])
      })

  it('the same policy twice is one', async () => {
    const path = file('policies.yaml', PHI_ONLY)
    const { stderr } = await runCli([
      'validate',
      '-f',
      file('w.yaml', documents(model(), PHI_ONLY)),
      '--policy',
      path,
      '--policy',
      path,
    ])
    assert.match(stderr, /under 1 policy: 1 error\n$/)
  })

  it('a --policy file without any is warned of', async () => {
    const path = file('none.yaml', '# nothing yet\n')
    const { code, stderr } = await validate(model(), '--policy', path)
    assert.equal(code, 0)
    assert.match(stderr, /^warning: \S+none\.yaml: no PresetPolicy \(policy\.kaito\.sh\/v1alpha1\) in it\n/)
  })
})

describe('files', () => {
  it('several are judged together, each finding in its own', async () => {
    const one = file('one.yaml', model({ name: 'one' }))
    const two = file('two.yaml', model({ name: 'two' }))
    const path = file('quota.yaml', policy('enforcement: Deny, limits: {nodes: 3}'))
    const { code, stdout } = await runCli(['validate', '-f', one, '-f', two, '--policy', path])
    assert.equal(code, 1)
    assert.deepEqual(
      lines(stdout).map(line => line.replace(/: Forbidden.*/, '')),
      ['one.yaml:10:3: error: spec.replicas', 'two.yaml:10:3: error: spec.replicas'],
    )
  })

  it('that cannot be read are all named, in one run', async () => {
    const broken = file('broken.yaml', 'a: [1\n')
    const { code, stdout, stderr } = await runCli(['validate', '-f', 'nope.yaml', '-f', broken])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^error: nope\.yaml: cannot be read: no such file\nerror: .*broken\.yaml:\d+:\d+: /)
  })

  it('Lists, CRLF and a byte order mark', async () => {
    const list = JSON.stringify(
      { apiVersion: 'v1', kind: 'List', items: [{ kind: 'X' }, parse(MISTAKEN) as unknown] },
      null,
      2,
    )
    const { stdout } = await validate(list)
    assert.match(stdout, /^\S+:\d+:\d+: error: metadata\.annotations\[kaito\.sh\/runtime\]/)
    const windows = await validate(`\ufeff${MISTAKEN.replaceAll('\n', '\r\n')}`)
    assert.deepEqual(lines(windows.stdout), lines((await validate(MISTAKEN)).stdout))
  })

  it('anchors and merge keys', async () => {
    const text = `kind: List\nitems:\n- &one\n  ${model({ preset: 'phi-5' }).trimEnd().replaceAll('\n', '\n  ')}\n- <<: *one\n  metadata: {name: two, annotations: {kaito.sh/preset: phi-5}}\n`
    assert.deepEqual(
      lines((await validate(text)).stdout).map(line => line.replace(/: Not found.*/, '')),
      [
        'w.yaml:10:7: error: metadata.annotations[kaito.sh/preset]',
        'w.yaml:20:39: error: metadata.annotations[kaito.sh/preset]',
      ],
    )
  })

  it('--cloud and --catalogue are render’s', async () => {
    const auto = model().replace('Standard_NC24ads_A100_v4', 'auto')
    const aws = policy('enforcement: Deny, instanceTypes: {allow: [Standard_*]}')
    assert.equal((await validate(documents(auto, aws))).code, 0)
    assert.equal((await validate(documents(auto, aws), '--cloud', 'aws')).code, 1)
    const { code, stderr } = await validate(auto, '--catalogue', '/nonexistent/folder')
    assert.equal(code, 1)
    assert.match(stderr, /^error: \/nonexistent\/folder/)
  })
})

describe('what render plans, validate lets pass, and it refuses the same', () => {
  for (const one of goldenCases()) {
    it(one.name, async () => {
      const decisions = (
        JSON.parse(recorded(one)['decision.json'] ?? '[]') as readonly {
          decision: string
          reasons: readonly { message: string }[]
        }[]
      ).filter(({ decision }) => decision !== 'Skip')
      const { stdout, code } = await runCli(['validate', '-f', one.input, '-o', 'json'])
      const validated = (JSON.parse(stdout) as readonly Entry[]).filter(({ decision }) => decision !== 'Skip')
      assert.equal(code, decisions.some(({ decision }) => decision === 'Deny') ? 1 : 0)
      assert.deepEqual(
        validated.map(({ decision, errors }) => ({
          decision,
          said: errors.map(({ field, message }) => `${field}: ${message}`),
        })),
        decisions.map(({ decision, reasons }) => ({
          decision,
          said: decision === 'Deny' ? reasons.map(({ message }) => message) : [],
        })),
      )
    })
  }
})

const ROOT = fileURLToPath(repositoryFile(''))
const EXAMPLES = ['manifests/samples', 'test/fixtures/workspaces/native'].flatMap(folder =>
  readdirSync(join(ROOT, folder))
    .filter(name => name.endsWith('.yaml'))
    .map(name => join(ROOT, folder, name)),
)

describe('what we hand out passes render and validate', () => {
  it('is there', () => assert.ok(EXAMPLES.length >= 13))
  for (const path of EXAMPLES)
    it(path.slice(ROOT.length), async () => {
      for (const command of ['render', 'validate']) {
        const { code, stderr } = await runCli([command, '-f', path])
        assert.equal(code, 0, stderr)
      }
    })
})
