// Containers of others and of ours: sidecars that an injector made before us are never filled, and ours give up what the
// user's container gives up.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isObject, listAt, type JsonObject } from '../../../src/core/api/json.ts'
import { asDenied, asPlanned, create, injected, messagesOf, update, validate } from './admission.ts'
import { containerOf, makeWorkload, podOf, withAnnotations, type WorkloadParts } from './make-workload.ts'

const PROXY = { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.30' }
const withContainers = (containers: readonly JsonObject[], annotations = {}): JsonObject =>
  makeWorkload({ annotations, pod: { containers } })

describe('a sidecar that an injector has made', () => {
  it('is not filled where it is the only container', () => {
    const result = injected(withContainers([PROXY]))
    assert.deepEqual(containerOf(result, 'istio-proxy'), PROXY)
    assert.match(JSON.stringify(containerOf(result)), /inference_api\.py/)
    asPlanned(validate(result))
    assert.deepEqual(asPlanned(create(result)).result, result)
    assert.deepEqual(asPlanned(update(result, result)).operations, [])
  })

  it('nor where the container to fill is named and not there yet', () => {
    const result = injected(withContainers([PROXY], { container: 'server' }))
    assert.match(JSON.stringify(containerOf(result, 'server')), /inference_api\.py/)
  })

  it('does not make the only other container ambiguous', () => {
    const own = { name: 'server', image: 'own/server:1' }
    assert.equal(asPlanned(create(withContainers([PROXY, own]))).decision, 'Plan')
    const denied = asDenied(create(withContainers([PROXY, own, { name: 'other', image: 'x:1' }])))
    assert.match(messagesOf(denied)[0] ?? '', /supported values: "server", "other"$/)
  })

  it('can be filled where the user says so', () => {
    const result = injected(withContainers([{ name: 'envoy' }], { container: 'envoy' }))
    assert.match(JSON.stringify(containerOf(result, 'envoy')), /inference_api\.py/)
  })
})

const GIVEN_UP = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
  capabilities: { drop: ['ALL'] },
}

function contextsOf(parts: WorkloadParts, securityContext: JsonObject): readonly unknown[] {
  const pod = podOf(injected(makeWorkload({ ...parts, container: { securityContext } })))
  return [...listAt(pod, 'initContainers'), ...listAt(pod, 'containers')]
    .filter(isObject)
    .filter(({ name }) => name !== 'model')
    .map(container => container['securityContext'])
}

describe('the security context of containers of ours', () => {
  const adapters = '[{name: tone, image: "registry.example/tone:1"}]'
  const rows: readonly (readonly [string, WorkloadParts])[] = [
    ['adapters', { annotations: { adapters } }],
    ['weights from an image', { annotations: { weights: 'image:registry.example/w:1' } }],
    ['the CUDA toolkit', { annotations: { preset: 'deepseek-v4-flash-0731' } }],
    [
      'tuning',
      {
        kind: 'Job',
        annotations: {
          'tuning-method': 'lora',
          preset: 'phi-4',
          'tuning-input-urls': 'https://data.example/a.csv',
          'tuning-output-image': 'registry.example/tone:1',
          'tuning-output-image-push-secret': 'push',
        },
      },
    ],
  ]
  for (const [name, parts] of rows)
    it(`${name}: gives up what the user's gives up, and nothing else`, () => {
      const asked = {
        ...GIVEN_UP,
        readOnlyRootFilesystem: false,
        capabilities: { drop: ['ALL'], add: ['SYS_NICE'] },
      }
      const contexts = contextsOf(parts, asked)
      assert.ok(contexts.length > 0)
      for (const context of contexts) assert.deepEqual(context, GIVEN_UP)
      for (const context of contextsOf(parts, { privileged: false })) assert.equal(context, undefined)
    })

  it('follows a change of the user', () => {
    const before = injected(makeWorkload({ annotations: { adapters } }))
    const file = makeWorkload({ annotations: { adapters }, container: { securityContext: GIVEN_UP } })
    const changed = asPlanned(update(withAnnotations(file, {}), before)).result
    assert.deepEqual(changed, injected(file))
  })
})
