// Every rule of a policy, accepting and refusing, over whole decisions: what the mutating webhook plans the validating one judges.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { asDenied, asPlanned, create, injected, messagesOf, validate } from '../admit/admission.ts'
import { makeCronJob, makeWorkload, type WorkloadParts } from '../admit/make-workload.ts'
import { makePolicy } from './make-policy.ts'
import { under, type Surroundings } from './policies.ts'

const A100 = 'Standard_NC24ads_A100_v4'
const H100 = 'Standard_NC40ads_H100_v5'
const TUNING = {
  preset: 'phi-3-mini-128k-instruct',
  'tuning-method': 'lora',
  'tuning-input-urls': 'https://data.example/a.parquet https://huggingface.co/b.json',
  'tuning-output-image': 'registry.example/team/tone:1',
  'tuning-output-image-push-secret': 'push',
}

/** The judgement of the workload as the mutating webhook leaves it without policies; empty: it passes. */
function refusals(
  spec: JsonObject,
  workload: JsonObject,
  surroundings: Surroundings = {},
): readonly string[] {
  const decision = validate(injected(workload), under([makePolicy(spec)], surroundings))
  if (decision.decision !== 'Deny') return []
  assert.equal(decision.status, 403)
  assert.ok(decision.errors.every(({ policy }) => policy === 'team-a'))
  return messagesOf(decision)
}

interface Case {
  readonly rule: string
  readonly accepts: readonly JsonObject[]
  readonly refuses: readonly (readonly [spec: JsonObject, ...messages: string[]])[]
  readonly workload: JsonObject
  readonly surroundings?: Surroundings
}

const on = (type: string, parts: WorkloadParts = {}): JsonObject =>
  makeWorkload({ ...parts, annotations: { 'instance-type': type, ...parts.annotations } })

const CASES: readonly Case[] = [
  {
    rule: 'presets',
    workload: on(A100),
    accepts: [
      { presets: { allow: ['phi-*'] } },
      { presets: { allow: ['microsoft/*'] } },
      { presets: { deny: ['*-70b-*'] } },
    ],
    refuses: [
      [
        { presets: { allow: ['llama-*', 'qwen*'] } },
        'metadata.annotations[kaito.sh/preset]: Forbidden: "phi-4-mini-instruct": policy team-a allows only llama-*, qwen* (presets)',
      ],
      [
        { presets: { allow: ['*'], deny: ['Microsoft/*'] }, message: 'ask in #gpu-platform' },
        'metadata.annotations[kaito.sh/preset]: Forbidden: "phi-4-mini-instruct": policy team-a denies Microsoft/* (presets); ask in #gpu-platform',
      ],
    ],
  },
  {
    rule: 'runtimes',
    workload: on(A100),
    accepts: [{ runtimes: ['vllm'] }, { runtimes: ['transformers', 'vllm'] }],
    refuses: [
      [
        { runtimes: ['transformers'] },
        'metadata.annotations[kaito.sh/runtime]: Forbidden: "vllm": policy team-a allows only transformers (runtimes)',
      ],
    ],
  },
  {
    rule: 'instanceTypes',
    workload: on(`${A100},${H100}`),
    accepts: [{ instanceTypes: { allow: ['standard_nc*'] } }, { instanceTypes: { deny: ['Standard_ND*'] } }],
    refuses: [
      [
        { instanceTypes: { allow: ['*_A100_*'] } },
        `metadata.annotations[kaito.sh/instance-type]: Forbidden: "${H100}": policy team-a allows only *_A100_* (instanceTypes)`,
      ],
      [
        { instanceTypes: { deny: ['*'] } },
        `metadata.annotations[kaito.sh/instance-type]: Forbidden: "${A100}": policy team-a denies * (instanceTypes)`,
        `metadata.annotations[kaito.sh/instance-type]: Forbidden: "${H100}": policy team-a denies * (instanceTypes)`,
      ],
    ],
  },
  {
    rule: 'registries of injected and named images',
    workload: on(A100, { annotations: { adapters: '[{"name":"tone","image":"busybox:1"}]' } }),
    accepts: [
      { registries: { allow: ['mcr.microsoft.com/aks/*', 'docker.io/library/busybox'] } },
      { registries: { deny: ['quay.io/*'] } },
    ],
    refuses: [
      [
        { registries: { allow: ['mcr.microsoft.com/aks/kaito/*'] } },
        'metadata.annotations[kaito.sh/adapters][0].image: Forbidden: "busybox:1": policy team-a allows only mcr.microsoft.com/aks/kaito/* (registries)',
        'spec.template.spec.initContainers[0].image: Forbidden: "mcr.microsoft.com/aks/skopeo:1.14.4-6": policy team-a allows only mcr.microsoft.com/aks/kaito/* (registries)',
      ],
      [
        { registries: { allow: ['*'], deny: ['mcr.microsoft.com/aks/kaito/*'] } },
        'spec.template.spec.containers[0].image: Forbidden: "mcr.microsoft.com/aks/kaito/kaito-base:0.5.0": policy team-a denies mcr.microsoft.com/aks/kaito/* (registries)',
      ],
    ],
  },
  {
    rule: 'registries by any name of the same registry',
    workload: on(A100, {
      annotations: {
        adapters: JSON.stringify([
          { name: 'a', image: 'index.docker.io/evil/a:1' },
          { name: 'b', image: 'registry-1.docker.io/evil/b:1' },
          { name: 'c', image: 'Quay.io:443/evil/c:1' },
        ]),
      },
    }),
    accepts: [{ registries: { allow: ['mcr.microsoft.com/*', 'docker.io/*', 'quay.io/*'] } }],
    refuses: [
      [
        { registries: { deny: ['docker.io/*', 'quay.io/*'] } },
        'metadata.annotations[kaito.sh/adapters][0].image: Forbidden: "index.docker.io/evil/a:1": policy team-a denies docker.io/* (registries)',
        'metadata.annotations[kaito.sh/adapters][1].image: Forbidden: "registry-1.docker.io/evil/b:1": policy team-a denies docker.io/* (registries)',
        'metadata.annotations[kaito.sh/adapters][2].image: Forbidden: "Quay.io:443/evil/c:1": policy team-a denies quay.io/* (registries)',
      ],
    ],
  },
  {
    rule: "registries, with the user's own server",
    workload: on(A100, { container: { image: 'quay.io/me/server:1' } }),
    accepts: [{ registries: { allow: ['mcr.microsoft.com/*'] } }],
    refuses: [],
  },
  {
    rule: 'registries, with a private build of the preset',
    workload: on(A100, { container: { image: 'quay.io/me/kaito:1' }, annotations: { runtime: 'vllm' } }),
    accepts: [{ registries: { allow: ['quay.io/me/*'] } }],
    refuses: [
      [
        { registries: { allow: ['mcr.microsoft.com/*'] } },
        'spec.template.spec.containers[0].image: Forbidden: "quay.io/me/kaito:1": policy team-a allows only mcr.microsoft.com/* (registries)',
      ],
    ],
  },
  {
    rule: 'registries and tuningHosts of fine-tuning',
    workload: makeWorkload({ kind: 'Job', annotations: TUNING }),
    accepts: [
      { tuningHosts: { allow: ['*.example', 'huggingface.co'] } },
      {
        registries: { allow: ['mcr.microsoft.com/*', 'docker.io/*', 'ghcr.io/*', 'registry.example/team/*'] },
      },
    ],
    refuses: [
      [
        { tuningHosts: { allow: ['huggingface.co'] } },
        'metadata.annotations[kaito.sh/tuning-input-urls][0]: Forbidden: "data.example": policy team-a allows only huggingface.co (tuningHosts)',
      ],
      [
        { registries: { deny: ['registry.example/*'] } },
        'metadata.annotations[kaito.sh/tuning-output-image]: Forbidden: "registry.example/team/tone:1": policy team-a denies registry.example/* (registries)',
      ],
    ],
  },
  {
    rule: 'limits.gpusPerPod and limits.gpusPerWorkload',
    workload: on('Standard_NC48ads_A100_v4', {
      spec: { replicas: 3 },
      container: { resources: { limits: { 'nvidia.com/gpu': 2 } } },
    }),
    accepts: [{ limits: { gpusPerPod: 2, gpusPerWorkload: 6 } }],
    refuses: [
      [
        { limits: { gpusPerPod: 1, gpusPerWorkload: 5 } },
        'spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]: Forbidden: "2": policy team-a allows at most 1 GPUs (limits.gpusPerPod)',
        'spec.replicas: Forbidden: "6 GPUs": policy team-a allows at most 5 GPUs (limits.gpusPerWorkload)',
      ],
    ],
  },
  {
    rule: 'limits.gpus and limits.nodes, with what runs already',
    workload: on(A100, { spec: { replicas: 2 } }),
    surroundings: { usage: { gpus: 5, nodes: 3, costPerHour: 0 } },
    accepts: [{ limits: { gpus: 7, nodes: 5 } }],
    refuses: [
      [
        { limits: { gpus: 6, nodes: 4 } },
        'spec.replicas: Forbidden: "2 GPUs": policy team-a allows namespace default 6 GPUs, and 5 are in use (limits.gpus)',
        'spec.replicas: Forbidden: "2 nodes": policy team-a allows namespace default 4 nodes, and 3 are in use (limits.nodes)',
      ],
    ],
  },
  {
    rule: 'limits of a workload that is scaled to zero',
    workload: on(A100, { spec: { replicas: 0 } }),
    surroundings: { usage: { gpus: 9, nodes: 9, costPerHour: 9 } },
    accepts: [{ limits: { gpus: 1, nodes: 1, gpusPerWorkload: 0 } }],
    refuses: [],
  },
  {
    rule: 'limits of a Job and of a CronJob: what runs at once',
    workload: makeCronJob({
      annotations: { 'instance-type': A100 },
      container: { command: ['python3', 'batch.py'] },
      spec: { parallelism: 4, completions: 3 },
    }),
    accepts: [{ limits: { gpus: 3 } }],
    refuses: [
      [
        { limits: { gpus: 2 } },
        'spec.jobTemplate.spec.parallelism: Forbidden: "3 GPUs": policy team-a allows namespace default 2 GPUs, and 0 are in use (limits.gpus)',
      ],
    ],
  },
  {
    rule: 'limits.costPerHour where there is no price',
    workload: on(A100),
    accepts: [],
    refuses: [
      [
        { limits: { costPerHour: '100' } },
        `metadata.annotations[kaito.sh/instance-type]: Forbidden: "${A100}": policy team-a limits the cost, and the catalogue has no price for this instance type (limits.costPerHour)`,
      ],
    ],
  },
  {
    rule: 'maxIdleGrace',
    workload: on(A100, { annotations: { 'idle-grace': '10m' } }),
    accepts: [{ maxIdleGrace: '10m' }, { maxIdleGrace: '1h' }],
    refuses: [
      [
        { maxIdleGrace: '9m30s' },
        'metadata.annotations[kaito.sh/idle-grace]: Forbidden: "10m": policy team-a allows at most 9m30s (maxIdleGrace)',
      ],
    ],
  },
]

describe('rules of a policy', () => {
  for (const { rule, accepts, refuses, workload, surroundings } of CASES) {
    for (const spec of accepts)
      it(`${rule}: accepted by ${JSON.stringify(spec)}`, () => {
        assert.deepEqual(refusals(spec, workload, surroundings), [])
      })
    for (const [spec, ...messages] of refuses)
      it(`${rule}: refused by ${JSON.stringify(spec)}`, () => {
        assert.deepEqual(refusals(spec, workload, surroundings), messages)
      })
  }

  it('all policies apply: the strictest wins, and each says what is its own', () => {
    const context = under([
      makePolicy({ presets: { allow: ['phi-*'] }, limits: { gpus: 0 } }, 'b'),
      makePolicy({ runtimes: ['transformers'] }, 'a'),
    ])
    const { errors } = asDenied(validate(injected(on(A100)), context))
    assert.deepEqual(
      errors.map(({ policy, code }) => [policy, code]),
      [
        ['a', 'RuntimeNotAllowed'],
        ['b', 'QuotaExceeded'],
      ],
    )
  })

  it('Warn lets through and says so, Audit says it only to those who keep records', () => {
    const context = under([
      makePolicy({ enforcement: 'Warn', runtimes: ['transformers'] }, 'w'),
      makePolicy({ enforcement: 'Audit', presets: { deny: ['*'] } }, 'x'),
    ])
    const decision = asPlanned(validate(injected(on(A100)), context))
    assert.deepEqual(decision.warnings, ['vllm: policy w allows only transformers (runtimes)'])
    assert.deepEqual(
      decision.violations?.map(({ policy, rule, enforcement }) => [policy, rule, enforcement]),
      [
        ['w', 'runtimes', 'Warn'],
        ['x', 'presets', 'Audit'],
      ],
    )
  })

  it("a user's mistakes and a policy's refusals come in one answer, which is then 422", () => {
    const context = under([makePolicy({ presets: { deny: ['phi-*'] } })])
    const workload = makeWorkload({ annotations: { 'max-model-len': 'long' } })
    const denied = asDenied(create(workload, context))
    assert.equal(denied.status, 422)
    assert.deepEqual(
      denied.errors.map(({ code }) => code),
      ['InvalidAnnotation', 'PresetNotAllowed'],
    )
  })

  it('what an autoscaler may reach is warned of', () => {
    const context = under([makePolicy({ limits: { gpus: 4 } })], { maxReplicas: 6 })
    const { warnings } = asPlanned(validate(injected(on(A100)), context))
    assert.deepEqual(warnings, [
      'an autoscaler may scale it to 6 replicas: policy team-a allows namespace default 4 GPUs, and 0 are in use (limits.gpus)',
    ])
  })

  it('where nobody knows which policies apply, nothing is let through', () => {
    const base = under([])
    const context = { ...base, policy: { ...base.policy, policiesOf: () => undefined } }
    for (const decision of [create(on(A100), context), validate(injected(on(A100)), context)]) {
      const denied = asDenied(decision)
      assert.equal(denied.status, 403)
      assert.deepEqual(messagesOf(denied), [
        'metadata.namespace: Forbidden: "default": kaito-native does not know yet which policies apply to this namespace: try again',
      ])
    }
  })
})
