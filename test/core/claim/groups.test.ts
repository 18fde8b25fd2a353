// Replicas of several nodes: together or not at all, on equal machines, and started anew as a whole.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Observation, ObservedClaim } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan, type Memory } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import {
  actionsOf,
  bindingsOf,
  CHOOSING_BACKEND,
  conditionsAt,
  makeClaimNode,
  makeNode,
  makeObservation,
  makePinned,
  makePlacement,
  makePod,
  makeRunning,
  makeWorkload,
  NOW,
  OTHER_SMALL,
  reasonsOf,
  requestsOf,
  SETTINGS,
  SMALL,
  type Cluster,
} from './builders.ts'
import { carryOut, withClaim } from './model.ts'

const placement = makePlacement({ nodesPerReplica: 2, instanceTypes: [SMALL, OTHER_SMALL] })
const member = (name: string, overrides: Partial<ObservedPod> = {}) =>
  makePod(name, 'w1', { placement, controllerRevision: 'r1', ...overrides })
const running = (name: string, node: string, overrides: Partial<ObservedPod> = {}) =>
  makeRunning(name, 'w1', node, { placement, controllerRevision: 'r1', ...overrides })
const both = [member('a'), member('b')]
const workloads = [makeWorkload('w1', { nodesPerReplica: 2, replicas: 2, updateRevision: 'r1' })]

function plan(cluster: Cluster, memory: Memory = EMPTY_MEMORY, nowMs = NOW): ClaimPlan {
  return planClaims(observe(cluster), memory, SETTINGS, nowMs)
}

function observe(cluster: Cluster): Observation {
  return makeObservation({ workloads, ...cluster })
}

/** The two claims that the group gets first, one of them with its node where `ready` says so. */
function withClaims(ready: number): Observation {
  const observation = observe({ pods: both })
  const created = carryOut(observation, planClaims(observation, EMPTY_MEMORY, SETTINGS, NOW), NOW)
  return created.claims.slice(0, ready).reduce(makeReady, created)
}

function makeReady(state: Observation, claim: ObservedClaim): Observation {
  const labels = { 'node.kubernetes.io/instance-type': claim.instanceTypes[0] ?? '' }
  const nodes = [...state.nodes, makeClaimNode(claim.name, { labels })]
  const nodeName = `node-${claim.name}`
  return {
    ...withClaim(state, claim, one => ({ ...one, conditions: conditionsAt('ready'), nodeName })),
    nodes,
  }
}

describe('placing a group', () => {
  it('claims for all its pods at once, of one instance type even where the provisioner chooses', () => {
    const found = plan({ pods: both, backend: CHOOSING_BACKEND })
    assert.deepEqual(
      requestsOf(found).map(({ instanceTypes }) => instanceTypes),
      [[SMALL], [SMALL]],
    )
    assert.deepEqual(reasonsOf(found), { a: 'WaitingForNode', b: 'WaitingForNode' })
  })

  it('nothing before all its pods are there', () => {
    const found = plan({ pods: [member('a')] })
    assert.deepEqual([found.actions, reasonsOf(found)], [[], { a: 'WaitingForGroup' }])
  })

  it('nothing while one of its pods waits for another gate', () => {
    const found = plan({
      pods: [member('a'), member('b', { gates: ['other', 'kaito.sh/waiting-for-node'] })],
    })
    assert.deepEqual(
      [found.actions, reasonsOf(found)],
      [[], { a: 'WaitingForGroup', b: 'WaitingForOtherGates' }],
    )
  })

  it('no pod goes before every pod has a ready node', () => {
    const found = planClaims(withClaims(1), EMPTY_MEMORY, SETTINGS, NOW)
    assert.deepEqual(found.actions, [])
    assert.deepEqual(Object.values(reasonsOf(found)).toSorted(), ['WaitingForGroup', 'WaitingForNode'])
  })

  it('then all go, each to a node of its own', () => {
    const bindings = bindingsOf(planClaims(withClaims(2), EMPTY_MEMORY, SETTINGS, NOW))
    assert.deepEqual(
      [Object.keys(bindings).toSorted(), new Set(Object.values(bindings)).size],
      [['a', 'b'], 2],
    )
  })

  it('existing nodes are taken when there are enough of one type, also of big ones only one each', () => {
    const other = makeNode('x', { labels: { 'node.kubernetes.io/instance-type': OTHER_SMALL } }, 4)
    const mixed = plan({ pods: both, nodes: [makeNode('n1', {}, 4), other] })
    assert.deepEqual([bindingsOf(mixed), requestsOf(mixed).length], [{}, 1])
    assert.deepEqual(bindingsOf(plan({ pods: both, nodes: [makeNode('n1'), other, makeNode('n2')] })), {
      a: 'n1',
      b: 'n2',
    })
  })

  it('one pod bound and a crash: the other follows, to another node', () => {
    const state = withClaims(2)
    const [first] = state.claims
    assert.ok(first)
    const pinned = makePinned('a', 'w1', first.name, { placement, controllerRevision: 'r1' })
    const found = planClaims({ ...state, pods: [pinned, member('b')] }, EMPTY_MEMORY, SETTINGS, NOW)
    assert.deepEqual(bindingsOf(found), { b: `node-${state.claims[1]?.name ?? ''}` })
  })

  it('a refusal moves the whole group to the next type, and the other claim goes at once', () => {
    const state = withClaims(1)
    const [kept, gone] = state.claims
    assert.ok(kept && gone)
    const after = { ...state, claims: [kept], goneClaims: [gone] }
    const found = planClaims(after, EMPTY_MEMORY, SETTINGS, NOW)
    assert.deepEqual(
      requestsOf(found).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL], [OTHER_SMALL]],
    )
    assert.deepEqual(
      actionsOf(found, 'delete-claim').map(({ claim }) => claim.name),
      [kept.name],
    )
    const settled = carryOut(after, found, NOW)
    const again = planClaims(settled, found.memory, SETTINGS, NOW + 200_000)
    assert.deepEqual(again.actions, [], 'when the refusal has ended, the group stays with its new type')
  })

  it('all types refused: waits', () => {
    const refusals = [SMALL, OTHER_SMALL].map(instanceType => ({
      instanceType,
      scope: '',
      untilMs: NOW + 1000,
      message: 'none',
    }))
    const found = plan({ pods: both }, { ...EMPTY_MEMORY, refusals })
    assert.deepEqual([found.actions, found.requeueAfterMs], [[], 1000])
    assert.deepEqual(reasonsOf(found), { a: 'WaitingForCapacity', b: 'WaitingForCapacity' })
  })

  it('no provisioner: said of each pod, and once of the workload', () => {
    const found = plan({ pods: both, backend: 'none' })
    assert.deepEqual(reasonsOf(found), { a: 'NoProvisioner', b: 'NoProvisioner' })
    assert.deepEqual(
      found.notices.map(({ reason, workloadUid }) => [reason, workloadUid]),
      [['NoProvisioner', 'w1']],
    )
  })

  it('its nodes are not lent to others while it waits', () => {
    const state = withClaims(1)
    const pods = [...both, makePod('single', 'w2', { createdAtMs: -5 })]
    const mixed = { ...state, pods, workloads: new Map([...state.workloads, ['w2', makeWorkload('w2')]]) }
    const found = planClaims(mixed, EMPTY_MEMORY, SETTINGS, NOW)
    assert.deepEqual([bindingsOf(found), requestsOf(found).map(({ workload }) => workload.uid)], [{}, ['w2']])
  })
})

describe('restarting a group', () => {
  const nodes = [makeNode('n1'), makeNode('n2')]
  const early = { createdAtMs: NOW - 60_000, startedAtMs: NOW - 50_000 }
  const cases: readonly [name: string, cluster: Cluster, evicted: readonly string[]][] = [
    ['all run', { pods: [running('a', 'n1', early), running('b', 'n2', early)] }, []],
    [
      'one came back after the other had started',
      { pods: [running('a', 'n1', early), member('b', { createdAtMs: NOW - 1000 })] },
      ['a'],
    ],
    [
      'the other is late, but older',
      { pods: [running('a', 'n1', early), member('b', { createdAtMs: NOW - 60_000 })] },
      [],
    ],
    [
      'a new revision',
      {
        pods: [running('a', 'n1', early), running('b', 'n2', early)],
        workloads: [makeWorkload('w1', { updateRevision: 'r2' })],
      },
      ['a', 'b'],
    ],
    [
      'two revisions side by side',
      {
        pods: [running('a', 'n1', early), member('b', { controllerRevision: 'r2', createdAtMs: NOW })],
        workloads: [makeWorkload('w1', { updateRevision: 'r2' })],
      },
      ['a'],
    ],
    [
      'gated pods of an old revision go as well: nobody else would replace them',
      {
        pods: [member('a', { createdAtMs: NOW - 60_000 }), member('b', { createdAtMs: NOW - 60_000 })],
        workloads: [makeWorkload('w1', { updateRevision: 'r2' })],
      },
      ['a', 'b'],
    ],
    [
      'pods that are newer than the status that we know',
      {
        pods: [
          running('a', 'n1', { createdAtMs: NOW - 5000, startedAtMs: NOW - 4000 }),
          running('b', 'n2', { createdAtMs: NOW - 5000, startedAtMs: NOW - 4000 }),
        ],
        workloads: [makeWorkload('w1', { updateRevision: 'r0' })],
      },
      [],
    ],
  ]
  for (const [name, cluster, evicted] of cases)
    it(name, () => {
      const found = plan({ nodes, ...cluster })
      const actions = actionsOf(found, 'evict-pod')
      assert.deepEqual(
        actions.map(({ pod }) => pod.name),
        evicted,
      )
      assert.ok(actions.every(({ reason }) => reason === 'GroupRestarted'))
    })
})
