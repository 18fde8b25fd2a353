// Deny policies at claim time: which pods are let go, which wait and why, and that no order of news exceeds a limit.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { GPU } from '../../../src/core/api/resources.ts'
import type { Observation } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan, type Memory } from '../../../src/core/claim/plan.ts'
import { NO_POLICIES } from '../../../src/core/policy/namespace-policies.ts'
import { projectPolicy } from '../../../src/core/policy/observed-policy.ts'
import { createPolicyIndex } from '../../../src/core/policy/policy-index.ts'
import { GATE_NAME } from '../../../src/core/template/steps/gate.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import { makePolicy } from '../policy/make-policy.ts'
import {
  actionsOf,
  BIG,
  bindingsOf,
  makeClaim,
  makeNode,
  makeObservation,
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
  total,
  type Cluster,
} from './builders.ts'
import { carryOut } from './model.ts'

const PRICES: Readonly<Record<string, number>> = { [SMALL]: 4, [BIG]: 16 }
const settings = { ...SETTINGS, priceOfType: (name: string) => PRICES[name] }
const ENOUGH = { allocatable: { [GPU]: 8, cpu: 24_000, memory: 200e9, pods: 110 } }

function withPolicies(observation: Observation, ...specs: readonly JsonObject[]): Observation {
  const index = createPolicyIndex()
  for (const [number, spec] of specs.entries()) {
    const name = `policy-${number}`
    const observed = projectPolicy({
      ...makePolicy(spec),
      metadata: { name, uid: name, resourceVersion: '1' },
    })
    assert.deepEqual(observed?.mistakes, [])
    index.setPolicy(name, observed?.policy)
  }
  return { ...observation, policiesOf: namespace => index.policiesOf(namespace) }
}

function planned(cluster: Cluster, ...specs: readonly JsonObject[]): ClaimPlan {
  return planClaims(withPolicies(makeObservation(cluster), ...specs), EMPTY_MEMORY, settings, NOW)
}

/** Where one pod goes, if a node with these labels is all that there is. */
function boundTo(labels: Readonly<Record<string, string>>, instanceTypes: JsonObject): object {
  const nodes = [makeNode('n1', { labels })]
  return bindingsOf(planned({ pods: [aged('a', 1)], nodes }, { instanceTypes }))
}

const limits = (given: JsonObject): JsonObject => ({ limits: given })
const unclaimed = { placement: makePlacement({ provisioning: 'none' }) }
const twoGpus = { placement: makePlacement({ gpusPerPod: 2 }) }
const aged = (name: string, createdAtMs: number, more: Partial<ObservedPod> = {}) =>
  makePod(name, 'w1', { createdAtMs, ...more })

describe('a quota of GPUs', () => {
  const nodes = [makeNode('n1', ENOUGH)]

  it('lets the oldest go that fit, and says of the others why they wait', () => {
    const pods = [aged('b', 2), aged('a', 1), aged('c', 3), makeRunning('r', 'w1', 'n1')]
    const found = planned({ pods, nodes }, { ...limits({ gpus: 2 }), message: 'ask in #gpu' })
    assert.deepEqual(bindingsOf(found), { a: 'n1' })
    const held = found.pods.find(({ podUid }) => podUid === 'b')
    assert.equal(held?.reason, 'QuotaExceeded')
    assert.equal(
      held.message,
      "policy policy-0: this pod's 1 GPU would exceed limits.gpus, which is 2 in namespace team; ask in #gpu",
    )
    assert.deepEqual(
      found.notices.map(({ type, reason, workloadUid }) => [type, reason, workloadUid]),
      [['Warning', 'QuotaExceeded', 'w1']],
    )
  })

  it('says so once while it lasts', () => {
    const observation = withPolicies(makeObservation({ pods: [aged('a', 1)], nodes }), limits({ gpus: 0 }))
    const first = planClaims(observation, EMPTY_MEMORY, settings, NOW)
    const second = planClaims(observation, first.memory, settings, NOW)
    assert.deepEqual([first.notices.length, second.notices.length], [1, 0])
  })

  it('lets a small pod pass a large one that does not fit', () => {
    const pods = [aged('large', 1, twoGpus), aged('small', 2)]
    assert.deepEqual(bindingsOf(planned({ pods, nodes }, limits({ gpus: 1 }))), { small: 'n1' })
  })

  it('counts pods on their way out, not those that wait for somebody else', () => {
    const leaving = makeRunning('r', 'w1', 'n1', { deletedAtMs: NOW + 30_000 })
    const queued = aged('q', 0, { gates: ['kueue.x-k8s.io/admission', GATE_NAME] })
    const cluster = { pods: [aged('a', 1), leaving, queued], nodes }
    assert.deepEqual(reasonsOf(planned(cluster, limits({ gpus: 1 })))['a'], 'QuotaExceeded')
    assert.deepEqual(bindingsOf(planned(cluster, limits({ gpus: 2 }))), { a: 'n1' })
  })

  it('counts open pods from which somebody has taken the annotation', () => {
    const stripped = makeRunning('r', 'w1', 'n1', { placement: undefined, requests: { [GPU]: 1 } })
    const cluster = { pods: [aged('a', 1), stripped], nodes }
    assert.equal(reasonsOf(planned(cluster, limits({ gpus: 1 })))['a'], 'QuotaExceeded')
  })

  it('counts the GPUs that a node is claimed for, asked for or not', () => {
    const placement = makePlacement({ gpusPerPod: 4, instanceTypes: [BIG] })
    const forged = aged('a', 1, { placement, requests: { cpu: 100, pods: 1 } })
    for (const spec of [{ gpus: 3 }, { gpusPerPod: 3 }, { gpusPerWorkload: 3 }])
      assert.deepEqual(requestsOf(planned({ pods: [forged] }, limits(spec))), [])
    assert.equal(requestsOf(planned({ pods: [forged] }, limits({ gpus: 4 }))).length, 1)
  })

  it('is another one in every namespace, and none where no policy is', () => {
    const elsewhere = { namespace: 'other', createdAtMs: 0 }
    const workloads = [makeWorkload('w1'), makeWorkload('w2', { namespace: 'other' })]
    const pods = [aged('a', 1), makePod('b', 'w2', elsewhere)]
    assert.deepEqual(bindingsOf(planned({ workloads, pods, nodes }, limits({ gpus: 1 }))), {
      a: 'n1',
      b: 'n1',
    })
    assert.deepEqual(bindingsOf(planned({ workloads, pods, nodes })), { a: 'n1', b: 'n1' })
  })

  it('is the smallest of all that apply; Warn and Audit hold nothing up', () => {
    const pods = [aged('a', 1), aged('b', 2), aged('c', 3)]
    const lax = { ...limits({ gpus: 0 }), enforcement: 'Warn' }
    const found = planned({ pods, nodes }, limits({ gpus: 3 }), limits({ gpus: 2 }), lax)
    assert.deepEqual(bindingsOf(found), { a: 'n1', b: 'n1' })
    assert.match(found.pods.find(({ podUid }) => podUid === 'c')?.message ?? '', /^policy policy-1: /)
  })

  it('goes first to pods that a claim under way was made for', () => {
    const young = planned({ pods: [aged('young', 9)] })
    const shape = String(requestsOf(young)[0]?.shape)
    const claims = [makeClaim('c1', 'new', { shape })]
    const other = makePod('old', 'w2', { createdAtMs: 1, placement: makePlacement({ instanceTypes: [BIG] }) })
    const workloads = [makeWorkload('w1'), makeWorkload('w2')]
    const found = planned({ workloads, pods: [aged('young', 9), other], claims }, limits({ gpus: 1 }))
    assert.equal(reasonsOf(found)['old'], 'QuotaExceeded')
    assert.equal(reasonsOf(found)['young'], 'WaitingForNode')
    assert.deepEqual(requestsOf(found), [])
  })

  it('is there for all pods of a replica of several nodes or for none', () => {
    const placement = makePlacement({ nodesPerReplica: 2 })
    const pods = [aged('g-0', 1, { placement }), aged('g-1', 1, { placement })]
    const cluster = { pods, nodes: [makeNode('n1'), makeNode('n2')] }
    assert.deepEqual(bindingsOf(planned(cluster, limits({ gpus: 1 }))), {})
    assert.match(planned(cluster, limits({ gpus: 1 })).pods[0]?.message ?? '', /the 2 GPUs of its 2 pods/)
    assert.equal(Object.keys(bindingsOf(planned(cluster, limits({ gpus: 2 })))).length, 2)
  })
})

describe('other limits of GPUs', () => {
  const nodes = [makeNode('n1', ENOUGH)]

  it('hold a pod that asks for more than one may', () => {
    const pods = [aged('large', 1, twoGpus), aged('small', 2)]
    const found = planned({ pods, nodes }, limits({ gpusPerPod: 1 }))
    assert.deepEqual(bindingsOf(found), { small: 'n1' })
    assert.match(
      found.pods.find(({ podUid }) => podUid === 'large')?.message ?? '',
      /limits\.gpusPerPod, which is 1/,
    )
  })

  it('hold pods of a workload that was scaled too far', () => {
    const workloads = [makeWorkload('w1'), makeWorkload('w2')]
    const pods = [makeRunning('r', 'w1', 'n1'), aged('a', 1), aged('b', 2), makePod('other', 'w2')]
    const found = planned({ workloads, pods, nodes }, limits({ gpusPerWorkload: 2 }))
    assert.deepEqual(Object.keys(bindingsOf(found)).toSorted(), ['a', 'other'])
    assert.equal(reasonsOf(found)['b'], 'QuotaExceeded')
  })
})

describe('a quota of nodes', () => {
  const ours = {
    labels: { 'kaito.sh/claim': 'c1', 'kaito.sh/workload-uid': 'w1', 'kaito.sh/workload-namespace': 'team' },
  }
  const claims = [makeClaim('c1', 'new', { shape: 'other' }, { ...ours, instanceTypes: [OTHER_SMALL] })]

  it('stops claims, not the use of nodes that are there', () => {
    const pods = [aged('a', 1), aged('b', 2), aged('c', 3)]
    const found = planned({ pods, claims, nodes: [makeNode('n1')] }, limits({ nodes: 2 }))
    assert.deepEqual(bindingsOf(found), { a: 'n1' })
    assert.equal(requestsOf(found).length, 1)
    assert.deepEqual([reasonsOf(found)['b'], reasonsOf(found)['c']], ['WaitingForNode', 'QuotaExceeded'])
  })

  it('is there for all nodes of a replica or for none', () => {
    const placement = makePlacement({ nodesPerReplica: 2 })
    const pods = [aged('g-0', 1, { placement }), aged('g-1', 1, { placement })]
    const short = planned({ pods }, limits({ nodes: 1 }))
    assert.deepEqual(requestsOf(short), [])
    assert.deepEqual(Object.values(reasonsOf(short)), ['QuotaExceeded', 'QuotaExceeded'])
    assert.equal(requestsOf(planned({ pods }, limits({ nodes: 2 }))).length, 2)
  })
})

describe('a limit of cost', () => {
  const placement = makePlacement({ instanceTypes: [OTHER_SMALL, BIG, SMALL] })

  const ask = (costPerHour: string) =>
    requestsOf(planned({ pods: [aged('a', 1, { placement })] }, limits({ costPerHour }))).map(
      ({ instanceTypes }) => instanceTypes,
    )

  it('leaves the types that are within it; one without a price is none', () => {
    assert.deepEqual(ask('16'), [[BIG]])
    assert.deepEqual(ask('15.99'), [[SMALL]])
    assert.deepEqual(ask('3.99'), [])
  })

  it('is used up claim by claim', () => {
    const pods = [aged('a', 1), aged('b', 2), aged('c', 3)]
    const found = planned({ pods }, limits({ costPerHour: '8' }))
    assert.equal(requestsOf(found).length, 2)
    assert.match(
      found.pods.find(({ reason }) => reason === 'QuotaExceeded')?.message ?? '',
      /a further node would exceed limits\.costPerHour, which is 8 in namespace team/,
    )
  })

  it('turns a replica of several nodes to a type of which it can have all of them', () => {
    const group = makePlacement({ nodesPerReplica: 2, instanceTypes: [BIG, SMALL] })
    const pods = [aged('g-0', 1, { placement: group }), aged('g-1', 1, { placement: group })]
    const asked = (costPerHour: string) => {
      const found = planned({ pods }, limits({ costPerHour }))
      return [requestsOf(found).map(({ instanceTypes }) => instanceTypes), Object.values(reasonsOf(found))]
    }
    const waiting = ['WaitingForNode', 'WaitingForNode']
    assert.deepEqual(asked('32'), [[[BIG], [BIG]], waiting])
    assert.deepEqual(asked('31'), [[[SMALL], [SMALL]], waiting])
    assert.deepEqual(asked('7'), [[], ['QuotaExceeded', 'QuotaExceeded']])
  })

  it('names the types without a price', () => {
    const unpriced = makePlacement({ instanceTypes: [OTHER_SMALL] })
    const found = planned({ pods: [aged('a', 1, { placement: unpriced })] }, limits({ costPerHour: '99' }))
    assert.match(found.pods[0]?.message ?? '', /Standard_NC40ads_H100_v5 has no price/)
  })
})

describe('instance types that are forbidden by now', () => {
  it('are taken out of the placement', () => {
    const placement = makePlacement({ instanceTypes: [OTHER_SMALL, SMALL] })
    const spec = { instanceTypes: { deny: ['*H100*'] } }
    const nodes = [makeNode('n1', { labels: { 'node.kubernetes.io/instance-type': OTHER_SMALL } })]
    const found = planned({ pods: [aged('a', 1, { placement })], nodes }, spec)
    assert.deepEqual(bindingsOf(found), {})
    assert.deepEqual(requestsOf(found)[0]?.instanceTypes, [SMALL])
  })

  it('are not used either where GPU labels alone say that a node will do', () => {
    const bare = { 'nvidia.com/gpu.product': 'GOOD' }
    const named = { ...bare, 'node.kubernetes.io/instance-type': 'DGX-H100' }
    for (const labels of [bare, named]) {
      assert.deepEqual(boundTo(labels, { deny: ['dgx-*', 'good'] }), {})
      assert.deepEqual(boundTo(labels, { allow: ['Standard_*'] }), {})
      assert.deepEqual(boundTo(labels, { allow: ['Standard_*', 'dgx-*', 'good'] }), { a: 'n1' })
    }
  })

  it('are forbidden in their own namespace only, also among equal pods', () => {
    const labels = { 'nvidia.com/gpu.product': 'GOOD' }
    const workloads = [makeWorkload('w1'), makeWorkload('w2', { namespace: 'other' })]
    const pods = [aged('a', 1), makePod('b', 'w2', { namespace: 'other', createdAtMs: 2 })]
    const observation = makeObservation({ workloads, pods, nodes: [makeNode('n1', { ...ENOUGH, labels })] })
    const strict = withPolicies(observation, { instanceTypes: { deny: ['good'] } }).policiesOf
    const policiesOf = (namespace: string) => (namespace === 'team' ? strict?.(namespace) : NO_POLICIES)
    const found = planClaims({ ...observation, policiesOf }, EMPTY_MEMORY, settings, NOW)
    assert.deepEqual(bindingsOf(found), { b: 'n1' })
  })

  it('hold the pod where none is left', () => {
    const found = planned({ pods: [aged('a', 1)] }, { instanceTypes: { allow: ['*H100*'] } })
    assert.equal(reasonsOf(found)['a'], 'PolicyRefused')
    assert.equal(
      found.notices[0]?.message,
      `policy policy-0: instance type ${SMALL} is not allowed, instanceTypes allows only *H100*`,
    )
  })
})

describe('policies besides', () => {
  it('hold pods of a namespace that is not known yet, without a word', () => {
    const observation = withPolicies(makeObservation({ pods: [aged('a', 1)] }), {
      namespaceSelector: { matchLabels: { team: 'a' } },
    })
    const found = planClaims(observation, EMPTY_MEMORY, settings, NOW)
    assert.equal(reasonsOf(found)['a'], 'PolicyUnknown')
    assert.deepEqual([found.actions, found.notices], [[], []])
  })

  it('shorten the grace of idle nodes', () => {
    const labels = {
      'kaito.sh/claim': 'c1',
      'kaito.sh/workload-uid': 'w1',
      'kaito.sh/workload-namespace': 'team',
    }
    const annotations = { 'kaito.sh/idle-since': new Date(NOW - 60_000).toISOString() }
    const cluster = { claims: [makeClaim('c1', 'ready', {}, { labels, annotations })] }
    assert.equal(actionsOf(planned(cluster), 'delete-claim').length, 0)
    assert.equal(actionsOf(planned(cluster, { maxIdleGrace: '1m' }), 'delete-claim').length, 1)
  })

  it('open gates without a pin, one by one, for pods of existing nodes', () => {
    const pods = [aged('a', 1, unclaimed), aged('b', 2, unclaimed)]
    const found = planned({ pods, backend: 'none' }, limits({ gpus: 1 }))
    assert.deepEqual(
      actionsOf(found, 'open-gate').map(({ pod, operations }) => [pod.name, operations.map(({ op }) => op)]),
      [['a', ['test', 'test', 'remove']]],
    )
    assert.equal(reasonsOf(found)['b'], 'QuotaExceeded')
    assert.equal(actionsOf(planned({ pods, backend: 'none' }), 'open-gate').length, 2)
  })
})

describe('at no moment, whatever the order of news,', () => {
  const step = fc.record({
    /** What happens before the planner looks. */
    event: fc.constantFrom('add', 'add', 'add', 'end', 'admit', 'nothing'),
    gpus: fc.constantFrom(1, 1, 2),
    isUnclaimed: fc.boolean(),
    isQueued: fc.boolean(),
    /** How many steps old its picture of other people's writes is. */
    lag: fc.nat(3),
    /** Which of its actions are executed. */
    executed: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    which: fc.nat(20),
  })

  it('are more GPUs open, more nodes claimed or more money spent than the limits say', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 25 }),
        fc.record({ gpus: fc.nat(5), nodes: fc.nat(4), cost: fc.nat(20), hasNode: fc.boolean() }),
        (steps, { gpus, nodes, cost, hasNode }) => {
          let memory: Memory = EMPTY_MEMORY
          let pods: readonly ObservedPod[] = []
          const past: (readonly ObservedPod[])[] = []
          let truth = makeObservation({ nodes: hasNode ? [makeNode('n1', ENOUGH)] : [] })
          for (const [number, one] of steps.entries()) {
            pods = happen(pods, one, number)
            past.push(pods)
            truth = Object.assign(truth, { pods })
            const seen = withOwnWrites(past[Math.max(0, past.length - 1 - one.lag)] ?? [], pods)
            const spec = limits({ gpus, nodes, costPerHour: String(cost) })
            const plan = planClaims(
              withPolicies({ ...truth, pods: seen }, spec),
              memory,
              settings,
              NOW + number,
            )
            memory = plan.memory
            const actions = plan.actions.filter((_, index) => one.executed[index % 8] === true)
            truth = carryOut(truth, { ...plan, actions: current(actions, pods) }, NOW + number)
            pods = truth.pods
            const open = pods.filter(({ gates }) => !gates.includes(GATE_NAME))
            assert.ok(
              total(
                open.map(({ requests }) => requests),
                GPU,
              ) <= gpus,
            )
            assert.ok(truth.claims.length <= nodes)
            const prices = truth.claims.map(({ instanceTypes: [type = ''] }) => PRICES[type] ?? 0)
            assert.ok(prices.reduce((sum, price) => sum + price, 0) <= cost)
          }
        },
      ),
      { numRuns: 600 },
    )
  })

  type Step = typeof step extends fc.Arbitrary<infer V> ? V : never

  function happen(
    pods: readonly ObservedPod[],
    { event, gpus, isUnclaimed, isQueued, which }: Step,
    number: number,
  ): readonly ObservedPod[] {
    const chosen = pods[which % Math.max(1, pods.length)]
    if (event === 'end') return pods.filter(pod => pod !== chosen)
    if (event === 'admit')
      return pods.map(pod =>
        pod === chosen ? { ...pod, gates: pod.gates.filter(gate => gate === GATE_NAME) } : pod,
      )
    if (event !== 'add') return pods
    const placement = makePlacement({
      gpusPerPod: gpus,
      instanceTypes: [SMALL, BIG],
      provisioning: isUnclaimed ? 'none' : 'nodeclaim',
    })
    const gates = isQueued ? ['queue', GATE_NAME] : [GATE_NAME]
    return [...pods, aged(`p${number}`, number, { placement, gates })]
  }
})

/** The API server refuses a patch of a pod that is gone or open. */
function current(actions: ClaimPlan['actions'], pods: readonly ObservedPod[]): ClaimPlan['actions'] {
  return actions.filter(
    action =>
      !('pod' in action) ||
      pods.some(({ uid, gates }) => uid === action.pod.uid && gates.length === action.pod.gates.length),
  )
}

/** Answers to its own writes are never old news. */
function withOwnWrites(old: readonly ObservedPod[], now: readonly ObservedPod[]): readonly ObservedPod[] {
  return old.map(pod => {
    const written = now.find(({ uid, gates }) => uid === pod.uid && gates.length === 0)
    return written ?? pod
  })
}
