// Pods that want no second one of their kind on their node.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { EXCLUSIVE_PREFIX } from '../../../src/core/api/resources.ts'
import {
  antiAffinityRequests,
  hostPortRequests,
  withoutExclusive,
} from '../../../src/core/claim/exclusive.ts'
import { EMPTY_MEMORY } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import {
  BIG,
  actionsOf,
  bindingsOf,
  makeClaim,
  makeClaimNode,
  makeNode,
  makeObservation,
  makePinned,
  makePlacement,
  makePod,
  makeRunning,
  NOW,
  requestsOf,
  SETTINGS,
} from './builders.ts'

const HOST = 'kubernetes.io/hostname'

function makeRaw(term: JsonObject, labels: JsonObject = { app: 'a', tier: 'x' }): JsonObject {
  const requiredDuringSchedulingIgnoredDuringExecution = [term]
  return {
    metadata: { namespace: 'n', labels },
    spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } },
  }
}

describe('anti-affinity to the pod’s own kind', () => {
  const cases: readonly (readonly [string, JsonObject, boolean])[] = [
    ['by its labels', { topologyKey: HOST, labelSelector: { matchLabels: { app: 'a' } } }, true],
    [
      'by an expression',
      {
        topologyKey: HOST,
        labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
      },
      true,
    ],
    ['of another kind', { topologyKey: HOST, labelSelector: { matchLabels: { app: 'b' } } }, false],
    [
      'in a zone, not on a host',
      { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'a' } } },
      false,
    ],
  ]
  for (const [name, term, isOwn] of cases)
    it(name, () => assert.equal(Object.keys(antiAffinityRequests(makeRaw(term))).length, isOwn ? 1 : 0))

  it('is no resource of a machine', () => {
    assert.deepEqual(withoutExclusive({ cpu: 1, [`${EXCLUSIVE_PREFIX}x`]: 1 }), { cpu: 1 })
  })

  it('never throws on what is no term', () => {
    for (const term of [{}, { topologyKey: HOST }, { topologyKey: HOST, labelSelector: 'x' }])
      assert.ok(antiAffinityRequests(makeRaw(term)))
  })
})

describe('host ports', () => {
  it('are taken by containers and init containers, whatever their address; others are nobody’s business', () => {
    const containers = [
      {
        name: 'a',
        ports: [{ containerPort: 5000 }, { containerPort: 80, hostPort: 80, hostIP: '127.0.0.1' }],
      },
    ]
    const initContainers = [{ name: 'b', ports: [{ containerPort: 53, hostPort: 53, protocol: 'UDP' }] }]
    assert.deepEqual(Object.keys(hostPortRequests({ spec: { containers, initContainers } })), [
      `${EXCLUSIVE_PREFIX}host-port-TCP-80`,
      `${EXCLUSIVE_PREFIX}host-port-UDP-53`,
    ])
    assert.deepEqual(hostPortRequests({ spec: { containers: [{ name: 'a' }] } }), {})
  })
})

describe('pods that want a node of their own kind alone', () => {
  const placement = makePlacement({ instanceTypes: [BIG] })
  const plain = makePod('a', 'w1', { placement })
  const requests = { ...plain.requests, [`${EXCLUSIVE_PREFIX}x`]: 1 }
  const pods = ['a', 'b'].map(name => makePod(name, 'w1', { placement, requests }))

  it('share no claim, though one machine has GPUs for both', () => {
    const plan = planClaims(makeObservation({ pods }), EMPTY_MEMORY, SETTINGS, NOW)
    assert.equal(requestsOf(plan).length, 2)
    assert.doesNotMatch(JSON.stringify(plan.actions), new RegExp(EXCLUSIVE_PREFIX))
  })

  it('share no node: one goes there, the other gets a claim', () => {
    const labels = { [HOST]: 'host-big', 'node.kubernetes.io/instance-type': BIG }
    const nodes = [makeNode('big', { labels }, 4)]
    const plan = planClaims(makeObservation({ pods, nodes }), EMPTY_MEMORY, SETTINGS, NOW)
    assert.deepEqual([Object.keys(bindingsOf(plan)), requestsOf(plan).length], [['a'], 1])
  })

  it('and without that wish they share both', () => {
    const both = ['a', 'b'].map(name => makePod(name, 'w1', { placement }))
    const plan = planClaims(makeObservation({ pods: both }), EMPTY_MEMORY, SETTINGS, NOW)
    assert.equal(requestsOf(plan).length, 1)
  })

  it('pinned beside one that is there already, it is evicted', () => {
    const node = makeClaimNode('c1', { labels: { 'node.kubernetes.io/instance-type': BIG } }, 4)
    const claims = [makeClaim('c1', 'ready')]
    const unschedulable = { message: 'anti-affinity', sinceMs: NOW - 60_000 }
    const pinned = makePinned('b', 'w1', 'c1', { placement, requests, unschedulable })
    const running = makeRunning('a', 'w1', node.name, { placement, requests })
    const evicted = (present: readonly ObservedPod[]) =>
      actionsOf(
        planClaims(makeObservation({ pods: present, nodes: [node], claims }), EMPTY_MEMORY, SETTINGS, NOW),
        'evict-pod',
      ).map(({ pod, reason }) => [pod.name, reason])
    assert.deepEqual(evicted([running, pinned]), [['b', 'NodeFull']])
    assert.deepEqual(evicted([pinned]), [])
  })
})
