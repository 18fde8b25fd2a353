// Giving nodes back: marked, kept for the grace, deleted; never with a pod on them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan } from '../../../src/core/claim/plan.ts'
import {
  actionsOf,
  makeClaim,
  makeClaimNode,
  makeForeign,
  makeObservation,
  makePinned,
  makePod,
  makeRunning,
  makeWorkload,
  NOW,
  SETTINGS,
  type Cluster,
} from './builders.ts'

function plan(cluster: Cluster): ClaimPlan {
  return planClaims(makeObservation(cluster), EMPTY_MEMORY, SETTINGS, NOW)
}

function idleClaim(forMs: number, annotations: Readonly<Record<string, string>> = {}) {
  const since = new Date(NOW - forMs).toISOString()
  return makeClaim('c1', 'ready', {}, { annotations: { 'kaito.sh/idle-since': since, ...annotations } })
}

const nodes = [makeClaimNode('c1')]
const typesOf = (found: ClaimPlan) => found.actions.map(({ type }) => type)

describe('planReleases', () => {
  it('an idle claim is marked with the time, and looked at again after the grace', () => {
    const found = plan({ claims: [makeClaim('c1', 'ready')], nodes })
    assert.deepEqual(
      actionsOf(found, 'mark-idle').map(({ value }) => value),
      [new Date(NOW).toISOString()],
    )
    assert.equal(found.requeueAfterMs, SETTINGS.idleGraceMs)
  })

  it('while a claim is going, a pod that it would hold waits for the outcome: no second claim, and no gate opened', () => {
    const going = { ...idleClaim(300_000), isGoing: true }
    const found = plan({ claims: [going], nodes, pods: [makePod('p', 'w1')] })
    assert.deepEqual([found.actions, found.pods.map(({ placed }) => placed)], [[], [false]])
    // Gone, it is no room any more; refused, it is.
    const gone = plan({ claims: [{ ...going, deletedAtMs: NOW }], nodes, pods: [makePod('p', 'w1')] })
    assert.deepEqual(typesOf(gone), ['create-claim'])
    const kept = plan({ claims: [{ ...going, isGoing: false }], nodes, pods: [makePod('p', 'w1')] })
    assert.deepEqual(typesOf(kept), ['bind-pod', 'mark-busy'])
  })

  it('and nothing more is asked of it', () => {
    assert.deepEqual(plan({ claims: [{ ...idleClaim(300_000), isGoing: true }], nodes }).actions, [])
  })

  const bare = makeClaim('c1', 'ready', {}, { labels: {} })
  const bareIdle = { ...idleClaim(300_000), labels: {} }
  const labels: readonly [name: string, cluster: Cluster, types: readonly string[]][] = [
    [
      'in use: put back',
      { claims: [bare], nodes, pods: [makeRunning('p', 'w1', 'node-c1')] },
      ['label-claim'],
    ],
    [
      'in use again: put back first',
      { claims: [bareIdle], nodes, pods: [makePinned('p', 'w1', 'c1')] },
      ['label-claim'],
    ],
    ['idle: given back all the same', { claims: [bareIdle], nodes }, ['delete-claim']],
  ]
  for (const [name, cluster, types] of labels)
    it(`our label was taken away from a claim, ${name}`, () =>
      assert.deepEqual(typesOf(plan(cluster)), types))

  const graces = [
    ['within the grace', idleClaim(299_999), [], []],
    ['after it', idleClaim(300_000), [], ['delete-claim']],
    ['marked with a time to come: marked anew', idleClaim(-1), [], ['mark-idle']],
    [
      "the living workload's own grace",
      idleClaim(1000),
      [makeWorkload('w1', { idleGraceMs: 1000 })],
      ['delete-claim'],
    ],
    [
      'the recorded grace of a workload that is gone',
      idleClaim(1000, { 'kaito.sh/idle-grace': '1s' }),
      [makeWorkload('w2')],
      ['delete-claim'],
    ],
    [
      'the recorded one no longer counts while the workload lives',
      idleClaim(1000, { 'kaito.sh/idle-grace': '1s' }),
      [makeWorkload('w1')],
      [],
    ],
    [
      'an unreadable mark is written anew',
      makeClaim('c1', 'ready', {}, { annotations: { 'kaito.sh/idle-since': 'soon' } }),
      [],
      ['mark-idle'],
    ],
    ['a claim that is going is left alone', { ...idleClaim(900_000), deletedAtMs: NOW }, [], []],
  ] as const
  for (const [name, claim, workloads, types] of graces)
    it(name, () => {
      const found = plan({
        claims: [claim],
        nodes,
        workloads: workloads.length > 0 ? workloads : [makeWorkload('w1')],
      })
      assert.deepEqual(typesOf(found), types)
    })

  it('the deletion says what it expects', () => {
    const [action] = actionsOf(plan({ claims: [idleClaim(300_000)], nodes }), 'delete-claim')
    assert.deepEqual(
      [action?.reason, action?.nodeName, action?.expectEmpty],
      ['NodeReleased', 'node-c1', true],
    )
  })

  const old = idleClaim(9_000_000)
  const users = [
    ['a running pod of ours', { pods: [makeRunning('r', 'w1', 'node-c1')] }],
    [
      'one that is being deleted',
      { pods: [makeRunning('r', 'w1', 'node-c1', { deletedAtMs: NOW - 900_000 })] },
    ],
    [
      'one of a workload that is no longer annotated',
      { pods: [makeRunning('r', 'w1', 'node-c1')], workloads: [makeWorkload('w1', { annotated: false })] },
    ],
    ['a pinned pod', { pods: [makePinned('p', 'w1', 'c1')] }],
    ['a gated pod that goes there now', { pods: [makePod('p', 'w1')] }],
    ['a foreign pod', { foreign: [makeForeign('f', 'node-c1')] }],
  ] as const
  for (const [name, cluster] of users)
    it(`kept and no longer marked because of ${name}`, () => {
      const found = plan({ claims: [old], nodes, ...cluster })
      assert.deepEqual(
        typesOf(found).filter(type => type !== 'bind-pod'),
        ['mark-busy'],
      )
    })

  it('pods of DaemonSets hold nothing up', () => {
    const foreign = [makeForeign('f', 'node-c1', { isNodeBound: true })]
    assert.deepEqual(typesOf(plan({ claims: [old], nodes, foreign })), ['delete-claim'])
  })

  it('on a dead node, pods that nobody will ever end do not count', () => {
    const hanging = makeRunning('r', 'w1', 'node-c1', { deletedAtMs: NOW - 60_001 })
    const dead = [makeClaimNode('c1', { ready: false, notReadySinceMs: NOW - 600_000 })]
    const [action] = actionsOf(plan({ claims: [old], nodes: dead, pods: [hanging] }), 'delete-claim')
    assert.equal(action?.expectEmpty, false)
    const ill = [makeClaimNode('c1', { ready: false, notReadySinceMs: NOW - 599_000 })]
    assert.deepEqual(typesOf(plan({ claims: [old], nodes: ill, pods: [hanging] })), ['mark-busy'])
    const living = [hanging, makeRunning('s', 'w1', 'node-c1')]
    assert.deepEqual(typesOf(plan({ claims: [old], nodes: dead, pods: living })), ['mark-busy'])
  })

  it('a claim under way that nobody needs any more goes too', () => {
    const claim = { ...idleClaim(300_000), nodeName: undefined }
    const { nodeName: _, ...unlaunched } = claim
    assert.deepEqual(typesOf(plan({ claims: [{ ...unlaunched, conditions: [] }] })), ['delete-claim'])
  })
})
