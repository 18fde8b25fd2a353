// Capacity that the provider refuses: the next type at once, back-off when none is left, and the provider's own words.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ObservedClaim } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan, type Memory } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import {
  actionsOf,
  CHOOSING_BACKEND,
  conditionsAt,
  makeClaim,
  makeClaimNode,
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
  type Cluster,
} from './builders.ts'
import { carryOut } from './model.ts'

const WORDS = 'insufficient capacity, no H100 in z1'
const pod = makePod('p', 'w1', {
  placement: makePlacement({ instanceTypes: [SMALL, OTHER_SMALL], ordered: true }),
})

function plan(cluster: Cluster, memory: Memory = EMPTY_MEMORY, nowMs = NOW): ClaimPlan {
  return planClaims(makeObservation({ pods: [pod], ...cluster }), memory, SETTINGS, nowMs)
}

/** The claim that a plan has just made for the pods, as it stands in the cluster. */
function firstClaim(pods: readonly ObservedPod[] = [pod], cluster: Cluster = {}): ObservedClaim {
  const observation = makeObservation({ pods, ...cluster })
  const [claim] = carryOut(observation, planClaims(observation, EMPTY_MEMORY, SETTINGS, NOW), NOW).claims
  assert.ok(claim)
  return claim
}

describe('a claim that vanishes before it was launched', () => {
  const claim = firstClaim()
  const words = { [claim.uid]: WORDS }

  it('the next instance type is tried at once, and the words are said and stay in sight', () => {
    const found = plan({ gone: [claim], words })
    assert.deepEqual(
      requestsOf(found).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL]],
    )
    assert.deepEqual(
      found.notices.map(({ reason, workloadUid }) => [reason, workloadUid]),
      [['CapacityRefused', 'w1']],
    )
    assert.match(found.notices[0]?.message ?? '', /: insufficient capacity, no H100 in z1$/)
    assert.match(found.pods[0]?.message ?? '', /insufficient capacity, no H100/)
  })

  it('already while it is being deleted, and only once', () => {
    const going = { ...claim, deletedAtMs: NOW }
    const first = plan({ claims: [going], words })
    const second = plan({ gone: [going], words }, first.memory)
    assert.deepEqual(
      requestsOf(first).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL]],
    )
    assert.deepEqual([first.notices.length, second.notices.length], [1, 0])
  })

  it('all refused: waits for the back-off, says why, asks again for what was refused longest ago', () => {
    const first = plan({ gone: [claim], words })
    const second = firstClaim([pod])
    const gone = { ...second, uid: 'second', instanceTypes: [OTHER_SMALL] }
    const waiting = plan({ gone: [gone], words: { second: 'quota exceeded' } }, first.memory, NOW + 1000)
    assert.deepEqual([waiting.actions, reasonsOf(waiting)], [[], { p: 'WaitingForCapacity' }])
    assert.match(waiting.pods[0]?.message ?? '', /no H100 in z1.*quota exceeded/)
    assert.equal(waiting.requeueAfterMs, 1000)
    const later = plan({}, waiting.memory, NOW + 2000)
    assert.deepEqual(
      requestsOf(later).map(({ instanceTypes }) => instanceTypes),
      [[SMALL]],
    )
    const again = { ...claim, uid: 'third' }
    const waitingLonger = plan({ gone: [again], words }, later.memory, NOW + 3000)
    assert.equal(waitingLonger.requeueAfterMs, 2000)
    const last = plan({}, waitingLonger.memory, NOW + 5000)
    assert.deepEqual(
      requestsOf(last).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL]],
    )
  })

  it('where one workload asks again, another one still takes the type that nobody has tried', () => {
    const single = makePod('single', 'w1', { placement: makePlacement({ instanceTypes: [SMALL] }) })
    const made = firstClaim([single])
    const first = plan({ pods: [single], gone: [made] })
    const workloads = [makeWorkload('w1'), makeWorkload('w2')]
    const other = makePod('other', 'w2', {
      placement: makePlacement({ instanceTypes: [SMALL, OTHER_SMALL], ordered: true }),
    })
    const both = plan({ pods: [single, other], workloads }, first.memory, NOW + 1000)
    assert.deepEqual(
      requestsOf(both).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL], [SMALL]],
    )
  })

  it('back-off doubles with each attempt for which no type is left, and ends with success', () => {
    const single = makePod('p', 'w1')
    const made = firstClaim([single])
    let memory = EMPTY_MEMORY
    const delays = [0, 1, 2, 9, 10].map(index => {
      for (let step = memory.attempts.values().next().value?.count ?? 0; step <= index; step += 1)
        memory = plan({ pods: [single], gone: [{ ...made, uid: `u${step}` }] }, memory).memory
      return (memory.attempts.values().next().value?.notBeforeMs ?? 0) - NOW
    })
    assert.deepEqual(delays, [1000, 2000, 4000, 300_000, 300_000])
    const ready = { ...made, conditions: conditionsAt('ready'), nodeName: `node-${made.name}` }
    const success = plan({ pods: [single], claims: [ready], nodes: [makeClaimNode(made.name)] }, memory)
    assert.equal(success.memory.attempts.size, 0)
  })

  it('what was asked for together is one attempt, however many claims, even where the refusals come one by one', () => {
    const made = firstClaim([makePod('p', 'w1')])
    const claims = ['u1', 'u2', 'u3', 'u4'].map(uid => Object.assign({}, made, { uid }))
    const pods = claims.map(({ uid }) => makePod(uid, 'w1'))
    const first = plan({ pods, gone: claims.slice(0, 2), claims: claims.slice(2) })
    const second = plan({ pods, gone: claims.slice(2) }, first.memory, NOW + 200)
    assert.deepEqual(
      [...second.memory.attempts.values()].map(({ count, notBeforeMs }) => [count, notBeforeMs - NOW]),
      [[1, 1000]],
    )
    assert.equal(requestsOf(plan({ pods }, second.memory, NOW + 1000)).length, 4)
  })

  it('a node that was ready before is no success: more pods of its shape are asked for after the same back-off', () => {
    const made = firstClaim([makePod('p', 'w1')])
    const ready = { ...made, uid: 'old', conditions: conditionsAt('ready'), nodeName: `node-${made.name}` }
    const cluster: Cluster = {
      pods: [makeRunning('r', 'w1', `node-${made.name}`), makePod('p', 'w1')],
      nodes: [makeClaimNode(made.name)],
      claims: [ready],
    }
    const refused = plan({ ...cluster, gone: [{ ...made, name: 'kn2', uid: 'new' }] })
    assert.equal(refused.requeueAfterMs, 1000)
    assert.equal(requestsOf(plan(cluster, refused.memory, NOW + 1000)).length, 1)
  })

  it('a provisioner that chooses was refused for all the types that it had', () => {
    const free = makePod('p', 'w1', { placement: makePlacement({ instanceTypes: [SMALL, OTHER_SMALL] }) })
    const cluster = { backend: CHOOSING_BACKEND }
    const all = firstClaim([free], cluster)
    const found = plan({ pods: [free], gone: [all], ...cluster })
    assert.deepEqual([requestsOf(found), reasonsOf(found)], [[], { p: 'WaitingForCapacity' }])
    const later = plan({ pods: [free], ...cluster }, found.memory, NOW + 1000)
    assert.deepEqual(
      requestsOf(later).map(({ instanceTypes }) => instanceTypes),
      [[SMALL, OTHER_SMALL]],
    )
  })

  it('is shared by all workloads, but only in its zone', () => {
    const zoned = makePod('z', 'w1', { nodeSelector: { 'topology.kubernetes.io/zone': 'z1' } })
    const workloads = [makeWorkload('w1'), makeWorkload('w2')]
    const everywhere = plan({
      workloads,
      pods: [makePod('a', 'w2'), zoned],
      gone: [firstClaim([makePod('x', 'w1')])],
    })
    assert.deepEqual(reasonsOf(everywhere), { a: 'WaitingForCapacity', z: 'WaitingForCapacity' })
    const inZone = plan({ workloads, pods: [makePod('a', 'w2'), zoned], gone: [firstClaim([zoned])] })
    assert.deepEqual(reasonsOf(inZone), { a: 'WaitingForNode', z: 'WaitingForCapacity' })
  })

  it("the notice waits a little for the provider's words, then goes without them, then says them once", () => {
    const first = plan({ gone: [claim] })
    const second = plan({}, first.memory, NOW + 5000)
    const third = plan({ words }, second.memory, NOW + 20_000)
    const fourth = plan({ words }, third.memory, NOW + 30_000)
    assert.deepEqual(
      [first, second, third, fourth].map(({ notices }) => notices.length),
      [0, 1, 1, 0],
    )
    assert.match(second.notices[0]?.message ?? '', /no Event says why/)
    assert.match(third.notices[0]?.message ?? '', /no H100 in z1/)
    assert.match(third.pods[0]?.message ?? '', /no H100 in z1/)
    assert.equal(first.requeueAfterMs, 5000)
  })

  it('what we deleted ourselves, or had marked idle, is no refusal', () => {
    const released = { ...EMPTY_MEMORY, released: new Set([claim.uid]) }
    const marked = {
      ...claim,
      annotations: { ...claim.annotations, 'kaito.sh/idle-since': '2026-01-01T00:00:00Z' },
    }
    const found = [plan({ gone: [claim] }, released), plan({ gone: [marked] })]
    assert.deepEqual(
      found.map(({ memory, notices }) => [memory.refusals, notices]),
      [
        [[], []],
        [[], []],
      ],
    )
  })
})

describe('a claim that vanishes after it was launched', () => {
  it('is a lost node: said, and placed again with the same type', () => {
    const claim = { ...firstClaim(), conditions: conditionsAt('launched') }
    const found = plan({ gone: [claim] })
    assert.deepEqual(
      found.notices.map(({ reason }) => reason),
      ['NodeLost'],
    )
    assert.deepEqual(
      requestsOf(found).map(({ instanceTypes }) => instanceTypes),
      [[SMALL]],
    )
    assert.deepEqual(found.memory.refusals, [])
  })
})

describe('launch budget', () => {
  const late = { ...firstClaim(), createdAtMs: NOW - SETTINGS.launchBudgetMs }

  it('a claim that takes too long is deleted, and the next type is tried', () => {
    const found = plan({ claims: [late] })
    assert.deepEqual(
      actionsOf(found, 'delete-claim').map(({ claim, reason }) => [claim.name, reason]),
      [[late.name, 'LaunchTimedOut']],
    )
    assert.deepEqual(
      requestsOf(found).map(({ instanceTypes }) => instanceTypes),
      [[OTHER_SMALL]],
    )
    assert.equal(plan({ gone: [{ ...late, deletedAtMs: NOW }] }, found.memory).notices.length, 0)
  })

  it('until then the pod waits, and the plan is asked for again at its end', () => {
    const found = plan({ claims: [{ ...late, createdAtMs: late.createdAtMs + 10 }] })
    assert.deepEqual([found.actions, found.requeueAfterMs], [[], 10])
  })

  it('also where the node came without GPUs; never where something is on it', () => {
    const ready = { ...late, conditions: conditionsAt('ready'), nodeName: `node-${late.name}` }
    const nodes = [makeClaimNode(late.name, {}, 0)]
    const on = { ...makePod('r', 'w1'), gates: [], nodeName: `node-${late.name}` }
    const deletions = [[pod], [pod, on]].map(
      pods => actionsOf(plan({ pods, nodes, claims: [ready] }), 'delete-claim').length,
    )
    assert.deepEqual(deletions, [1, 0])
  })
})

it('makeClaim and the planner agree on what is launched', () => {
  const gone = [makeClaim('kn1', 'launched')]
  assert.deepEqual(plan({ gone }).memory.refusals, [])
})
