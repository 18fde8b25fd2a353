// Warnings for the person at kubectl: when each is said, and that it is not said otherwise.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { asPlanned, asSkipped, create, injected, update } from './admission.ts'
import { makeWorkload, withAnnotations, type WorkloadParts } from './make-workload.ts'

const REPLICAS = { replicas: 2 }

function warningsOf(parts: WorkloadParts): readonly string[] {
  return asPlanned(create(makeWorkload({ ...parts, spec: { ...REPLICAS, ...parts.spec } }))).warnings
}

/** What is warned about besides the plan itself and how to call it. */
function surprises(parts: WorkloadParts): readonly string[] {
  return others(warningsOf(parts))
}

function others(warnings: readonly string[]): readonly string[] {
  return warnings.slice(1).filter(warning => !warning.startsWith('call '))
}

function replaced(field: string, value: string | number): string {
  return `${field}: the default ${value} was replaced: leave it out of the file`
}

function lastApplied(spec: JsonObject): Readonly<Record<string, string>> {
  return { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) }
}

/** What is warned about where server-side apply, or another write, owns the deadline. */
function surprisesOwnedBy(operation: string): readonly string[] {
  const object = makeWorkload({ spec: { ...REPLICAS, progressDeadlineSeconds: 600 } })
  const managedFields = [
    { manager: 'm', operation, fieldsV1: { 'f:spec': { 'f:progressDeadlineSeconds': {} } } },
  ]
  const metadata = { ...(object['metadata'] as JsonObject), managedFields }
  return others(asPlanned(create({ ...object, metadata })).warnings)
}

describe('the plan', () => {
  it('is said first: preset, instance type, GPUs', () => {
    const annotations = { 'instance-type': 'Standard_NC24ads_A100_v4' }
    assert.deepEqual(warningsOf({ annotations }), [
      'phi-4-mini-instruct on Standard_NC24ads_A100_v4, 1 GPU',
      'call http://phi.default/v1, model phi-4-mini-instruct',
    ])
  })

  it('counts the other types and the GPUs', () => {
    const annotations = {
      preset: 'llama-3.3-70b-instruct',
      'instance-type': 'Standard_NC96ads_A100_v4,p4d.24xlarge',
      'model-access-secret': 'hf',
    }
    assert.match(
      warningsOf({ annotations })[0] ?? '',
      /^llama-3\.3-70b-instruct on Standard_NC96ads_A100_v4, 4 GPUs/,
    )
    assert.match(warningsOf({})[0] ?? '', / \(or \d+ other types\)$/)
  })

  it('counts the nodes of a replica', () => {
    const annotations = { preset: 'deepseek-v3-0324', 'instance-type': 'Standard_ND96isr_H100_v5' }
    const [first] = warningsOf({ kind: 'StatefulSet', annotations })
    assert.equal(first, 'deepseek-v3-0324 on Standard_ND96isr_H100_v5, 2 nodes with 8 GPUs each')
  })

  it('is not said again while it stands', () => {
    const planned = injected(makeWorkload())
    assert.deepEqual(update(planned, planned).warnings, [])
  })
})

function callOf(parts: WorkloadParts): string | undefined {
  return warningsOf(parts).find(warning => warning.startsWith('call '))
}

describe('how to call the model', () => {
  const table: readonly (readonly [name: string, parts: WorkloadParts, want: string | undefined])[] = [
    ['the Service', { name: 'chat' }, 'call http://chat.default/v1, model phi-4-mini-instruct'],
    [
      'a valid name',
      { name: 'phi-3.5-mini' },
      'call http://phi-3-5-mini.default/v1, model phi-4-mini-instruct',
    ],
    [
      'the served model name',
      { annotations: { preset: 'mistral-7b-instruct@kaito-0.4' } },
      'call http://phi.default/v1, model mistral-7b-instruct',
    ],
    [
      'the API of that release',
      { annotations: { preset: 'phi-2@kaito-0.4', runtime: 'transformers' } },
      'call http://phi.default/chat, model phi-2',
    ],
    [
      'a Service',
      { annotations: { service: 'true' } },
      'call http://phi.default/v1, model phi-4-mini-instruct',
    ],
    ['no Service', { annotations: { service: 'false' } }, undefined],
    ['a server of the user', { container: { image: 'own:1' } }, undefined],
    ['a Job', { kind: 'Job', container: { command: ['true'] } }, undefined],
  ]
  for (const [name, parts, want] of table) it(`is said of ${name}`, () => assert.equal(callOf(parts), want))

  it('takes the namespace of the object, and no name that nobody knows yet', () => {
    const object = makeWorkload()
    const annotations = (object['metadata'] as JsonObject)['annotations'] ?? {}
    const elsewhere = create({ ...object, metadata: { name: 'a', namespace: 'b', annotations } })
    assert.ok(elsewhere.warnings.includes('call http://a.b/v1, model phi-4-mini-instruct'))
    const nameless = create({ ...object, metadata: { generateName: 'a-', annotations } })
    assert.ok(!nameless.warnings.some(warning => warning.startsWith('call ')))
  })
})

describe('rollouts', () => {
  const one = 'one replica: a rollout is an outage until the new pod has loaded the model'
  const surge = 'spec.strategy surges: every rollout needs a spare GPU node'

  it('of a single replica are an outage, also by default', () => {
    assert.deepEqual(surprises({ spec: { replicas: 1 } }), [one])
    assert.deepEqual(others(asPlanned(create(makeWorkload())).warnings), [one])
    assert.deepEqual(surprises({ spec: { replicas: 2 } }), [])
    assert.deepEqual(surprises({ kind: 'StatefulSet', spec: { replicas: 1 } }), [])
  })

  const strategies: readonly (readonly [strategy: JsonObject, want: readonly string[]])[] = [
    [{ type: 'Recreate' }, []],
    [{ rollingUpdate: { maxSurge: 0 } }, []],
    [{ rollingUpdate: { maxSurge: '0%' } }, []],
    [{ rollingUpdate: { maxSurge: 1 } }, [surge]],
    [{ rollingUpdate: { maxUnavailable: 0 } }, [surge]],
  ]
  for (const [strategy, want] of strategies)
    it(`with ${JSON.stringify(strategy)}: ${want.length === 0 ? 'nothing' : 'a spare node'}`, () =>
      assert.deepEqual(surprises({ spec: { strategy } }), want))

  it('that the annotation starts on a live workload are announced', () => {
    const live = makeWorkload({ spec: { replicas: 3 }, container: { image: 'own:1' } })
    const old = withAnnotations(live, { 'kaito.sh/preset': undefined })
    const { warnings } = asPlanned(update(live, old))
    assert.ok(
      warnings.includes('this starts a rollout: its 3 pods are replaced by pods that wait for GPU nodes'),
    )
    const single = asPlanned(
      update(makeWorkload(), withAnnotations(makeWorkload(), { 'kaito.sh/preset': undefined })),
    )
    assert.ok(
      single.warnings.includes('this starts a rollout: its pod is replaced by pods that wait for GPU nodes'),
    )
  })
})

describe('deadlines', () => {
  it('shorter than a node takes are pointed out', () => {
    assert.deepEqual(surprises({ pod: { activeDeadlineSeconds: 600 } }), [
      "activeDeadlineSeconds 600 is shorter than a node's launch budget (1200 s): waiting counts",
    ])
    assert.deepEqual(surprises({ pod: { activeDeadlineSeconds: 1200 } }), [])
  })
})

describe('defaults that were replaced', () => {
  const spelledOut = { progressDeadlineSeconds: 600 }

  it('are pointed out where the file spells them out', () => {
    assert.deepEqual(surprises({ spec: spelledOut }), [replaced('spec.progressDeadlineSeconds', 600)])
    assert.deepEqual(surprises({ pod: { terminationGracePeriodSeconds: 30 } }), [
      replaced('spec.template.spec.terminationGracePeriodSeconds', 30),
    ])
    assert.deepEqual(
      surprises({ spec: { strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } } }),
      [
        replaced('spec.strategy.rollingUpdate.maxSurge', '25%'),
        replaced('spec.strategy.rollingUpdate.maxUnavailable', '25%'),
      ],
    )
  })

  it('are not where the API server wrote them: known from kubectl’s copy of the file', () => {
    assert.deepEqual(surprises({ spec: spelledOut, foreign: lastApplied({}) }), [])
    assert.equal(surprises({ spec: spelledOut, foreign: lastApplied(spelledOut) }).length, 1)
    assert.deepEqual(
      surprises({
        spec: spelledOut,
        foreign: { 'kubectl.kubernetes.io/last-applied-configuration': 'garbage' },
      }),
      [],
    )
  })

  it('or from the fields that server-side apply says who owns', () => {
    assert.deepEqual(surprisesOwnedBy('Update'), [])
    assert.equal(surprisesOwnedBy('Apply').length, 1)
  })

  it('are no matter of empty values', () => {
    assert.deepEqual(surprises({ container: { image: '', command: [] }, pod: { tolerations: [] } }), [])
  })
})

describe('annotations', () => {
  it('that are unknown are named with the nearest', () => {
    assert.deepEqual(surprises({ annotations: { instancetype: 'x' } }), [
      'annotation kaito.sh/instancetype is unknown and was ignored; did you mean kaito.sh/instance-type?',
    ])
  })

  const onTemplate = {
    metadata: {
      annotations: { 'kaito.sh/preset': 'phi-4', 'kaito.sh/runtime': 'vllm', 'example.com/x': 'y' },
    },
  }
  const misplaced = ['preset', 'runtime'].map(
    name => `kaito.sh/${name} on the pod template has no effect: put it at metadata.annotations`,
  )
  it('on the pod template get the right place, also where the workload is not annotated', () => {
    const templateMetadata = onTemplate.metadata
    assert.deepEqual(surprises({ templateMetadata }), misplaced)
    const bare = withAnnotations(makeWorkload({ templateMetadata }), { 'kaito.sh/preset': undefined })
    assert.deepEqual(asSkipped(create(bare)).warnings, misplaced)
  })

  it('on a CronJob itself get the place on its job template', () => {
    const object = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'x', annotations: { 'kaito.sh/preset': 'phi-4' } },
      spec: { jobTemplate: { spec: { template: onTemplate } } },
    } as JsonObject
    assert.deepEqual(asSkipped(create(object)).warnings, [
      'kaito.sh/preset on the pod template has no effect: put it at spec.jobTemplate.metadata.annotations',
      'kaito.sh/runtime on the pod template has no effect: put it at spec.jobTemplate.metadata.annotations',
      'kaito.sh/preset on the CronJob has no effect: put it at spec.jobTemplate.metadata.annotations',
    ])
  })
})

describe('models', () => {
  it('that are gated ask for a token, unless the weights are there', () => {
    const gated = /^llama-3\.1-8b-instruct is gated on Hugging Face/
    const warned = (annotations: Readonly<Record<string, string>>) =>
      surprises({ annotations: { preset: 'llama-3.1-8b-instruct', ...annotations } }).some(warning =>
        gated.test(warning),
      )
    assert.ok(warned({}))
    assert.ok(warned({ weights: 'pvc:cache' }))
    assert.ok(!warned({ 'model-access-secret': 'hf' }))
    assert.ok(!warned({ weights: 'pvc:models/llama' }))
  })

  it('on transformers do not read config', () => {
    assert.ok(
      surprises({ annotations: { preset: 'phi-2', runtime: 'transformers', config: 'c' } }).includes(
        'kaito.sh/config is read by the vllm runtime only',
      ),
    )
  })
})

describe('a port called http', () => {
  const ports = [{ containerPort: 80, name: 'http' }]

  it('that is not the model’s is told, because a Service would go there', () => {
    const [warning = ''] = surprises({ container: { ports } })
    assert.match(warning, /another port of container model is called http: the model answers on 5000/)
  })

  it('of the user’s own server is nobody’s business', () => {
    const said = surprises({ container: { ports, image: 'nginx:1' } })
    assert.ok(!said.some(warning => warning.includes('http:')))
  })
})
