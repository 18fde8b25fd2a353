// Pods that the machines of their plan do not take: known before, or learnt from one machine, and never bought one after
// another.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXCLUSIVE_PREFIX, GPU } from '../../../src/core/api/resources.ts'
import type { ObservedClaim } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan, type Memory } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import {
  BIG,
  conditionsAt,
  makeClaimNode,
  makeForeign,
  makeNode,
  makeObservation,
  makePlacement,
  makePod,
  NOW,
  OTHER_SMALL,
  reasonsOf,
  requestsOf,
  SETTINGS,
  SMALL,
  type Cluster,
} from './builders.ts'
import { carryOut } from './model.ts'

const HOUR_MS = 3_600_000
const HUGE = { [GPU]: 1, cpu: 1_000_000, pods: 1 }

function plan(cluster: Cluster, memory: Memory = EMPTY_MEMORY, nowMs = NOW): ClaimPlan {
  return planClaims(makeObservation(cluster), memory, SETTINGS, nowMs)
}

/** What the plan asks for, with its node, which is ready. */
function bought(pod: ObservedPod, found: ClaimPlan, nowMs: number): ObservedClaim {
  const [claim] = carryOut(makeObservation({ pods: [pod] }), found, nowMs).claims
  assert.ok(claim !== undefined)
  return { ...claim, conditions: conditionsAt('ready'), nodeName: `node-${claim.name}` }
}

describe('a pod that fits no machine', () => {
  const huge = makePod('p', 'w1', { requests: HUGE })

  it('buys one; then it is said in a condition and once in an Event', () => {
    const claim = bought(huge, plan({ pods: [huge] }), NOW)
    const cluster = { pods: [huge], claims: [claim], nodes: [makeClaimNode(claim.name)] }
    const found = plan(cluster)
    assert.deepEqual([requestsOf(found), reasonsOf(found)], [[], { p: 'Unsatisfiable' }])
    assert.match(found.pods[0]?.message ?? '', /node of claim kn\w+ does not take the pod: not enough cpu/)
    assert.deepEqual(
      found.notices.map(({ reason, message }) => [reason, message]),
      [['Unsatisfiable', found.pods[0]?.message]],
    )
    assert.deepEqual(plan(cluster, found.memory).notices, [])
    assert.equal(requestsOf(plan({ pods: [makePod('p', 'w1')] }, found.memory)).length, 1)
  })

  it('buys the next one after an hour, then after 4, 16, 64 hours and a week', () => {
    let memory: Memory = EMPTY_MEMORY
    let nowMs = NOW
    const waits: number[] = []
    for (let times = 0; times < 6; times++) {
      const found = plan({ pods: [huge] }, memory, nowMs)
      assert.equal(requestsOf(found).length, 1)
      const claim = bought(huge, found, nowMs)
      const nodes = [makeClaimNode(claim.name)]
      memory = plan({ pods: [huge], claims: [claim], nodes }, found.memory, nowMs).memory
      // The machine is given back, and its pod waits.
      const gone = plan({ pods: [huge] }, memory, nowMs)
      assert.deepEqual(requestsOf(gone), [])
      const waitMs = gone.requeueAfterMs ?? NaN
      assert.deepEqual(requestsOf(plan({ pods: [huge] }, gone.memory, nowMs + waitMs - 1)), [])
      waits.push(waitMs / HOUR_MS)
      nowMs += waitMs
    }
    assert.deepEqual(waits, [1, 4, 16, 64, 168, 168])
  })

  it('buys none where the cluster has nodes of the type, all of them too small even when empty', () => {
    const small = makeNode('n1', { allocatable: { [GPU]: 1, cpu: 24_000, memory: 200e9, pods: 110 } })
    const labels = { ...small.labels, 'kubernetes.io/hostname': 'host-n2' }
    const larger = makeNode('n2', { labels, allocatable: { ...small.allocatable, cpu: 2_000_000, [GPU]: 0 } })
    const found = plan({ pods: [huge], nodes: [small] })
    assert.deepEqual([requestsOf(found), reasonsOf(found)], [[], { p: 'Unsatisfiable' }])
    assert.match(
      found.pods[0]?.message ?? '',
      /node n1, which is one, has not enough cpu even when it is empty/,
    )
    assert.equal(requestsOf(plan({ pods: [huge], nodes: [small, larger] })).length, 1)
    assert.equal(requestsOf(plan({ pods: [huge], nodes: [{ ...small, ready: false }] })).length, 1)
  })

  it('buys the next type of its plan where only the first is too small', () => {
    const placement = makePlacement({ instanceTypes: [SMALL, OTHER_SMALL], ordered: true })
    const pod = makePod('p', 'w1', { placement, requests: HUGE })
    const found = plan({ pods: [pod], nodes: [makeNode('n1')] })
    assert.deepEqual(
      requestsOf(found).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL]],
    )
  })

  it('is the same with a label that the node of its claim lacks', () => {
    const placement = makePlacement({ instanceTypes: [BIG] })
    const choosy = makePod('p', 'w1', { nodeSelector: { rack: 'r1' }, placement })
    const claim = bought(choosy, plan({ pods: [choosy] }), NOW)
    const labels = { 'node.kubernetes.io/instance-type': BIG }
    const nodes = [makeClaimNode(claim.name, { labels }, 4)]
    const found = plan({ pods: [choosy], claims: [claim], nodes })
    assert.deepEqual([requestsOf(found), reasonsOf(found)], [[], { p: 'Unsatisfiable' }])
    assert.match(found.pods[0]?.message ?? '', /lacks the label rack=r1/)
  })

  it('is the same with a host port that a DaemonSet has on every node', () => {
    const port = `${EXCLUSIVE_PREFIX}host-port-TCP-8080`
    const greedy = makePod('p', 'w1', { requests: { [GPU]: 1, pods: 1, [port]: 1 } })
    const claim = bought(greedy, plan({ pods: [greedy] }), NOW)
    const node = makeClaimNode(claim.name)
    const foreign = [makeForeign('agent', node.name, { requests: { pods: 1, [port]: 1 }, isNodeBound: true })]
    const found = plan({ pods: [greedy], claims: [claim], nodes: [node], foreign })
    assert.deepEqual([requestsOf(found), reasonsOf(found)], [[], { p: 'Unsatisfiable' }])
    assert.match(found.pods[0]?.message ?? '', /not enough host ports \(TCP-8080\)/)
    assert.equal(Object.keys(plan({ pods: [greedy], claims: [claim], nodes: [node] }).actions).length, 1)
  })
})

describe('a pod for another architecture than that of its plan', () => {
  const cases: readonly [arch: string, instanceType: string, claims: number][] = [
    ['arm64', SMALL, 0],
    ['amd64', SMALL, 1],
    ['arm64', 'g5g.xlarge', 1],
    ['amd64', 'g5g.xlarge', 0],
    ['arm64', 'of-another-cloud', 1],
  ]
  for (const [arch, instanceType, claims] of cases)
    it(`${arch} on ${instanceType}: ${claims === 0 ? 'is told so, and buys none' : 'gets a claim'}`, () => {
      const placement = makePlacement({ instanceTypes: [instanceType] })
      const pod = makePod('p', 'w1', { placement, nodeSelector: { 'kubernetes.io/arch': arch } })
      const settings = {
        ...SETTINGS,
        gpusOfType: (name: string) => (name === 'of-another-cloud' ? undefined : 1),
      }
      const found = planClaims(makeObservation({ pods: [pod] }), EMPTY_MEMORY, settings, NOW)
      assert.equal(requestsOf(found).length, claims)
      if (claims === 0) assert.deepEqual(reasonsOf(found), { p: 'Unsatisfiable' })
    })
})
