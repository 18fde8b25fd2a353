// Values that contradict the plan: which are refused, in which words, and which are let through; on UPDATE only new ones.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import {
  asDenied,
  asPlanned,
  create,
  injected,
  messagesOf,
  update,
  validate,
  validateUpdate,
} from './admission.ts'
import { asObject, at, withValueAt } from './json-tree.ts'
import { makeWorkload, podOf, type WorkloadParts } from './make-workload.ts'

const MODEL = 'spec.template.spec.containers[0]'
const SIDECAR = 'spec.template.spec.containers[1]'
const sidecar = (parts: JsonObject): JsonObject => ({ name: 'side', image: 'side:1', ...parts })
/** Four GPUs a node, one a pod. */
const SHARED = { 'instance-type': 'Standard_NC96ads_A100_v4' }
const ONE_GPU = { resources: { limits: { 'nvidia.com/gpu': '1' } } }
const BATCH: WorkloadParts = {
  kind: 'Job',
  annotations: SHARED,
  container: { ...ONE_GPU, command: ['python3', 'batch.py'] },
  pod: { hostNetwork: true },
}
const READ_ONLY = { securityContext: { readOnlyRootFilesystem: true } }
const emptyDir = (name: string): JsonObject => ({ name, emptyDir: {} })

interface Row {
  readonly name: string
  readonly refused: WorkloadParts
  readonly want: readonly string[]
  /** Nearly the same, and no mistake. */
  readonly accepted: readonly WorkloadParts[]
}

const TABLE: readonly Row[] = [
  {
    name: 'GPUs of another vendor',
    refused: { container: { resources: { limits: { 'amd.com/gpu': '1' } } } },
    want: [
      `${MODEL}.resources.limits[amd.com/gpu]: Unsupported value: "amd.com/gpu": supported values: "nvidia.com/gpu": the nodes of a plan have NVIDIA GPUs; leave it out and the number is computed`,
    ],
    accepted: [
      { container: { resources: { limits: { 'nvidia.com/gpu': '1', cpu: '4' } } } },
      { container: { resources: { limits: { 'amd.com/gpu': '0', 'rdma/hca': '1' } } } },
    ],
  },
  {
    name: 'a slice of a GPU, in limits and requests of a sidecar',
    refused: {
      sidecars: [
        sidecar({
          resources: { limits: { 'nvidia.com/mig-1g.10gb': 1 }, requests: { 'nvidia.com/mig-1g.10gb': 1 } },
        }),
      ],
    },
    want: ['limits', 'requests'].map(
      list =>
        `${SIDECAR}.resources.${list}[nvidia.com/mig-1g.10gb]: Unsupported value: "nvidia.com/mig-1g.10gb": supported values: "nvidia.com/gpu": a plan is made for whole GPUs; leave it out and the number is computed`,
    ),
    accepted: [],
  },
  ...['gpu.intel.com/i915', 'nvidia.com/gpus', 'aws.amazon.com/neuroncore', 'google.com/tpu', 'gpu'].map(
    (name): Row => ({
      name: `the resource ${name}`,
      refused: { container: { resources: { requests: { [name]: '1' } } } },
      want: [
        `${MODEL}.resources.requests[${name}]: Unsupported value: "${name}": supported values: "nvidia.com/gpu": ${name.startsWith('nvidia') ? 'a plan is made for whole GPUs' : 'the nodes of a plan have NVIDIA GPUs'}; leave it out and the number is computed`,
      ],
      accepted: [],
    }),
  ),
  {
    name: 'GPUs of a sidecar that no node of the plan has',
    refused: {
      annotations: { 'instance-type': 'Standard_NC24ads_A100_v4' },
      sidecars: [sidecar(ONE_GPU)],
    },
    want: [
      `${SIDECAR}.resources.limits[nvidia.com/gpu]: Invalid value: "1": makes 2 GPUs with those of container model, and the nodes of the plan have 1: leave it out, or name larger ones in kaito.sh/instance-type`,
    ],
    accepted: [{ annotations: SHARED, container: ONE_GPU, sidecars: [sidecar(ONE_GPU)] }],
  },
  {
    name: "the server's port in a sidecar",
    refused: { sidecars: [sidecar({ ports: [{ containerPort: 9090 }, { containerPort: 5000 }] })] },
    want: [
      `${SIDECAR}.ports[1].containerPort: Duplicate value: "5000": the model's server in container model listens on 5000, and the containers of a pod share their ports: use another one`,
    ],
    accepted: [
      { sidecars: [sidecar({ ports: [{ containerPort: 5000, protocol: 'UDP' }, { containerPort: 5001 }] })] },
      { container: { image: 'own/server:1' }, sidecars: [sidecar({ ports: [{ containerPort: 5000 }] })] },
    ],
  },
  {
    name: "the server's port in a sidecar of the new kind",
    refused: {
      pod: { initContainers: [sidecar({ restartPolicy: 'Always', ports: [{ containerPort: 5000 }] })] },
    },
    want: [
      'spec.template.spec.initContainers[0].ports[0].containerPort: Duplicate value: "5000": the model\'s server in container model listens on 5000, and the containers of a pod share their ports: use another one',
    ],
    accepted: [{ pod: { initContainers: [sidecar({ ports: [{ containerPort: 5000 }] })] } }],
  },
  {
    name: "the host's network where several pods share a node",
    refused: {
      annotations: SHARED,
      container: ONE_GPU,
      spec: { replicas: 2 },
      pod: { hostNetwork: true },
    },
    want: [
      'spec.template.spec.hostNetwork: Forbidden: "true": a port of the host serves one pod, and the plan puts 4 on a node: take it away, or ask for all GPUs of a node',
    ],
    accepted: [
      { annotations: SHARED, container: ONE_GPU, pod: { hostNetwork: true } },
      {
        annotations: { 'instance-type': 'Standard_NC24ads_A100_v4' },
        spec: { replicas: 2 },
        pod: { hostNetwork: true },
      },
    ],
  },
  {
    name: "the host's network for several pods of a Job",
    refused: { ...BATCH, spec: { parallelism: 2, completions: 4 } },
    want: [
      'spec.template.spec.hostNetwork: Forbidden: "true": a port of the host serves one pod, and the plan puts 4 on a node: take it away, or ask for all GPUs of a node',
    ],
    accepted: [{ ...BATCH, spec: { parallelism: 2, completions: 1 } }],
  },
  {
    name: 'a port of the host where several pods share a node',
    refused: {
      annotations: SHARED,
      container: ONE_GPU,
      spec: { replicas: 2 },
      sidecars: [sidecar({ ports: [{ containerPort: 9090, hostPort: 9090 }] })],
    },
    want: [
      `${SIDECAR}.ports[0].hostPort: Forbidden: "9090": a port of the host serves one pod, and the plan puts 4 on a node: take it away, or ask for all GPUs of a node`,
    ],
    accepted: [],
  },
  {
    name: 'a root that is read-only',
    refused: { container: READ_ONLY },
    want: [
      `${MODEL}.securityContext.readOnlyRootFilesystem: Invalid value: "true": the container writes to /tmp (temporary files, or set TMPDIR): mount a volume there, like an emptyDir`,
    ],
    accepted: [
      {
        container: { ...READ_ONLY, volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
        pod: { volumes: [emptyDir('tmp')] },
      },
      { container: { ...READ_ONLY, env: [{ name: 'TMPDIR', value: '/dev/shm' }] } },
      { container: { ...READ_ONLY, image: 'own/server:1' } },
    ],
  },
  {
    name: 'a root that is read-only where transformers downloads',
    refused: {
      annotations: { preset: 'deepseek-r1-distill-llama-8b', runtime: 'transformers' },
      container: READ_ONLY,
    },
    want: [
      `${MODEL}.securityContext.readOnlyRootFilesystem: Invalid value: "true": the container writes to /tmp (temporary files, or set TMPDIR) and /root/.cache/huggingface (the weights that it downloads, or set HF_HOME): mount a volume there, like an emptyDir`,
    ],
    accepted: [
      {
        annotations: {
          preset: 'deepseek-r1-distill-llama-8b',
          runtime: 'transformers',
          weights: 'pvc:ready/phi',
        },
        container: { ...READ_ONLY, env: [{ name: 'TMPDIR', value: '/dev/shm' }] },
      },
      {
        annotations: { preset: 'deepseek-r1-distill-llama-8b', runtime: 'transformers' },
        container: {
          ...READ_ONLY,
          volumeMounts: [
            { name: 'scratch', mountPath: '/tmp' },
            { name: 'scratch', mountPath: '/root/', subPath: 'root' },
          ],
        },
        pod: { volumes: [emptyDir('scratch')] },
      },
    ],
  },
  {
    name: "a volume over the server's folder",
    refused: {
      container: { volumeMounts: [{ name: 'work', mountPath: '/workspace/' }] },
      pod: { volumes: [emptyDir('work')] },
    },
    want: [
      `${MODEL}.volumeMounts[0].mountPath: Invalid value: "/workspace": hides /workspace/vllm, which the image or the plan fills: mount the volume elsewhere`,
    ],
    accepted: [
      {
        container: {
          volumeMounts: [
            { name: 'work', mountPath: '/workspace/weights' },
            { name: 'work', mountPath: '/workspace/data' },
            { name: 'work', mountPath: '/workspace/vllm/patches' },
          ],
        },
        pod: { volumes: [emptyDir('work')] },
      },
      {
        container: { image: 'own/server:1', volumeMounts: [{ name: 'work', mountPath: '/workspace' }] },
        pod: { volumes: [emptyDir('work')] },
      },
    ],
  },
  {
    name: 'a volume over all of the image',
    refused: {
      container: { volumeMounts: [{ name: 'work', mountPath: '/' }] },
      pod: { volumes: [emptyDir('work')] },
    },
    want: [
      `${MODEL}.volumeMounts[0].mountPath: Invalid value: "/": hides /workspace/vllm, which the image or the plan fills: mount the volume elsewhere`,
    ],
    accepted: [],
  },
  {
    name: 'a volume over an adapter',
    refused: {
      annotations: { adapters: '[{name: tone, image: "registry.example/tone:1"}]' },
      container: { volumeMounts: [{ name: 'work', mountPath: '/mnt/adapter/tone' }] },
      pod: { volumes: [emptyDir('work')] },
    },
    want: [
      `${MODEL}.volumeMounts[0].mountPath: Invalid value: "/mnt/adapter/tone": hides /mnt/adapter/tone, which the image or the plan fills: mount the volume elsewhere`,
    ],
    accepted: [
      {
        annotations: { adapters: '[{name: tone, image: "registry.example/tone:1"}]' },
        container: { volumeMounts: [{ name: 'work', mountPath: '/mnt/adapter/other' }] },
        pod: { volumes: [emptyDir('work')] },
      },
    ],
  },
  {
    name: 'a read-only volume in which one of ours is to be mounted',
    refused: {
      annotations: { config: 'settings' },
      container: { volumeMounts: [{ name: 'work', mountPath: '/mnt' }] },
      pod: { volumes: [{ name: 'work', configMap: { name: 'c' } }] },
    },
    want: [
      `${MODEL}.volumeMounts[0].mountPath: Invalid value: "/mnt": is read-only, so /mnt/config of the plan cannot be mounted in it: mount the volume elsewhere`,
    ],
    accepted: [
      {
        annotations: { config: 'settings' },
        container: { volumeMounts: [{ name: 'work', mountPath: '/mnt' }] },
        pod: { volumes: [emptyDir('work')] },
      },
    ],
  },
]

describe('a value that contradicts the plan', () => {
  for (const { name, refused, want, accepted } of TABLE) {
    it(`${name}: refused`, () => {
      assert.deepEqual(messagesOf(asDenied(create(makeWorkload(refused)))), want)
    })
    for (const [index, parts] of accepted.entries())
      it(`${name}: let through (${index + 1})`, () => {
        asPlanned(validate(injected(makeWorkload(parts))))
      })
  }

  it('all of them are told at once', () => {
    const parts: WorkloadParts = {
      container: { ...READ_ONLY, resources: { limits: { 'amd.com/gpu': '1' } } },
      sidecars: [sidecar({ ports: [{ containerPort: 5000 }] })],
    }
    assert.equal(asDenied(create(makeWorkload(parts))).errors.length, 3)
  })
})

/** The planned object with another value at a place of its pod, as a webhook that is asked after ours leaves it. */
function changed(
  object: JsonObject,
  path: readonly (string | number)[],
  value: Json | undefined,
): JsonObject {
  return asObject(withValueAt(object, ['spec', 'template', 'spec', ...path], value))
}

const PLACEMENT = ['spec', 'template', 'metadata', 'annotations', 'kaito.sh/placement']

describe('a final object that another webhook has changed', () => {
  const planned = injected(makeWorkload())

  it('has fewer GPUs than the plan needs', () => {
    const two = injected(
      makeWorkload({ annotations: SHARED, container: { resources: { limits: { 'nvidia.com/gpu': 2 } } } }),
    )
    const object = changed(two, ['containers', 0, 'resources'], {
      limits: { 'nvidia.com/gpu': '1' },
      requests: { 'nvidia.com/gpu': '2' },
    })
    const denied = asDenied(validate(object))
    assert.ok(
      denied.errors.some(({ code }) => code === 'InvalidGpuCount'),
      messagesOf(denied).join('\n'),
    )
  })

  it('has another number of GPUs than the plan', () => {
    const four = { limits: { 'nvidia.com/gpu': '4' }, requests: { 'nvidia.com/gpu': '4' } }
    const denied = asDenied(validate(changed(planned, ['containers', 0, 'resources'], four)))
    assert.deepEqual(
      messagesOf(denied),
      ['limits', 'requests'].map(
        list =>
          `${MODEL}.resources.${list}[nvidia.com/gpu]: Invalid value: "4": must be 1, in limits and in requests: the plan and its command line are made for that number of GPUs`,
      ),
    )
  })

  it('has a placement that is not that of the plan', () => {
    for (const text of [
      '{}',
      'x',
      placement({ provisioning: 'none' }),
      placement({ instanceTypes: ['other'] }),
    ]) {
      const denied = asDenied(validate(asObject(withValueAt(planned, PLACEMENT, text))))
      assert.deepEqual(
        denied.errors.map(({ field, code }) => [field, code]),
        [['spec.template.metadata.annotations[kaito.sh/placement]', 'PlacementChanged']],
      )
    }
  })

  function placement(changes: JsonObject): string {
    const own = at(planned, PLACEMENT)
    assert.ok(typeof own === 'string')
    return JSON.stringify({ ...(JSON.parse(own) as JsonObject), ...changes })
  }
})

describe('what contradicts the plan and is stored already', () => {
  const clash = sidecar({ ports: [{ containerPort: 5000 }] })
  /** As a version of kaito-native let it through that did not look. */
  const stored = changed(injected(makeWorkload()), ['containers', 1], clash)

  it('holds up no other change', () => {
    const scaled = asObject(withValueAt(stored, ['spec', 'replicas'], 3))
    asPlanned(update(scaled, stored))
    asPlanned(validateUpdate(scaled, stored))
  })

  it('excuses no further mistake, not even one of the same kind', () => {
    const twice = changed(stored, ['containers', 2], { ...clash, name: 'third' })
    assert.equal(asDenied(validateUpdate(twice, stored)).errors.length, 1)
    const other = changed(stored, ['containers', 0, 'securityContext'], { readOnlyRootFilesystem: true })
    assert.equal(asDenied(validateUpdate(other, stored)).errors.length, 1)
  })

  it('is no excuse on CREATE', () => {
    assert.equal(asDenied(validate(stored)).errors.length, 1)
  })

  it('may stand in another place of its list', () => {
    const [model, side] = podOf(stored)['containers'] as readonly JsonObject[]
    const moved = changed(stored, ['containers'], [model ?? {}, { name: 'new', image: 'new:1' }, side ?? {}])
    asPlanned(validateUpdate(moved, stored))
  })
})

const warned = (parts: WorkloadParts): readonly string[] =>
  asPlanned(validate(injected(makeWorkload(parts)))).warnings
const probe = (fields: JsonObject): JsonObject => ({ httpGet: { path: '/', port: 8080 }, ...fields })

describe('a probe that gives up before the model is loaded', () => {
  it('is answered with a warning', () => {
    assert.deepEqual(
      warned({ container: { startupProbe: probe({ failureThreshold: 12, periodSeconds: 5 }) } }),
      ['startupProbe of model restarts it after 60 s; the model may take 1800 s to load'],
    )
    assert.deepEqual(
      warned({ container: { image: 'own/server:1', livenessProbe: probe({ initialDelaySeconds: 60 }) } }),
      ['livenessProbe of model restarts it after 90 s; the model may take 1800 s to load'],
    )
  })

  it('is not where the startup probe waits long enough', () => {
    assert.deepEqual(warned({ container: { livenessProbe: probe({}) } }), [])
    assert.deepEqual(warned({ container: { startupProbe: probe({ failureThreshold: 180 }) } }), [])
    assert.deepEqual(warned({}), [])
  })

  it('once, not on every update', () => {
    const stored = injected(makeWorkload({ container: { startupProbe: probe({}) } }))
    assert.deepEqual(asPlanned(validateUpdate(stored, stored)).warnings, [])
  })
})
