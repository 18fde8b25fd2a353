// Pinned pods whose node is lost or full.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GPU } from '../../../src/core/api/resources.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY } from '../../../src/core/claim/plan.ts'
import {
  actionsOf,
  makeClaim,
  makeClaimNode,
  makeForeign,
  makeNode,
  makeObservation,
  makePinned,
  makePlacement,
  makePod,
  makeRunning,
  makeWorkload,
  NOW,
  SETTINGS,
  type Cluster,
} from './builders.ts'

const pinned = makePinned('p', 'w1', 'c1')
const unschedulable = { message: '0/1 nodes are available', sinceMs: NOW - 10_000 }
const byHostname = makePod('p', 'w1', { gates: [], nodeSelector: { 'kubernetes.io/hostname': 'host-n1' } })
const claims = [makeClaim('c1', 'ready')]
const taker = makeForeign('f', 'node-c1', { requests: { [GPU]: 1 } })

describe('planEvictions', () => {
  const cases: readonly [name: string, cluster: Cluster, reasons: readonly string[]][] = [
    ['its node is there', { pods: [pinned], claims, nodes: [makeClaimNode('c1')] }, []],
    ['its claim is gone', { pods: [pinned] }, ['NodeLost']],
    [
      'its claim is being deleted',
      {
        pods: [pinned],
        claims: [makeClaim('c1', 'ready', {}, { deletedAtMs: NOW })],
        nodes: [makeClaimNode('c1')],
      },
      ['NodeLost'],
    ],
    ['its node is gone', { pods: [pinned], claims }, ['NodeLost']],
    [
      'its node is being deleted',
      { pods: [pinned], claims, nodes: [makeClaimNode('c1', { deletedAtMs: NOW })] },
      ['NodeLost'],
    ],
    [
      'its node has just become not ready',
      {
        pods: [pinned],
        claims,
        nodes: [makeClaimNode('c1', { ready: false, notReadySinceMs: NOW - 29_999 })],
      },
      [],
    ],
    [
      'its node is not ready for long',
      {
        pods: [pinned],
        claims,
        nodes: [makeClaimNode('c1', { ready: false, notReadySinceMs: NOW - 30_000 })],
      },
      ['NodeLost'],
    ],
    [
      'its node is full',
      { pods: [{ ...pinned, unschedulable }], claims, nodes: [makeClaimNode('c1')], foreign: [taker] },
      ['NodeFull'],
    ],
    [
      'its node is full, and kube-scheduler makes room for it',
      {
        pods: [{ ...pinned, unschedulable, isNominated: true }],
        claims,
        nodes: [makeClaimNode('c1')],
        foreign: [taker],
      },
      [],
    ],
    [
      'full for a moment only',
      {
        pods: [{ ...pinned, unschedulable: { ...unschedulable, sinceMs: NOW - 9999 } }],
        claims,
        nodes: [makeClaimNode('c1')],
        foreign: [taker],
      },
      [],
    ],
    [
      'unschedulable, yet there is room',
      { pods: [{ ...pinned, unschedulable }], claims, nodes: [makeClaimNode('c1')] },
      [],
    ],
    [
      'cordoned under it',
      {
        pods: [{ ...pinned, unschedulable: { ...unschedulable, sinceMs: NOW - 30_000 } }],
        claims,
        nodes: [makeClaimNode('c1', { cordoned: true })],
      },
      ['NodeLost'],
    ],
    ['pinned by host name', { pods: [byHostname], nodes: [makeNode('n1')] }, []],
    ['pinned by host name, node gone', { pods: [byHostname] }, ['NodeLost']],
    [
      'with provisioning none, where the host name is the user’s own',
      { pods: [{ ...byHostname, placement: makePlacement({ provisioning: 'none' }) }] },
      [],
    ],
    ['scheduled pods are left alone', { pods: [makeRunning('r', 'w1', 'gone')] }, []],
    ['so are pods that are being deleted', { pods: [{ ...pinned, deletedAtMs: NOW }] }, []],
    [
      'and pods of a workload that is being deleted',
      { pods: [pinned], workloads: [makeWorkload('w1', { deletedAtMs: NOW })] },
      [],
    ],
    [
      'or is no longer annotated',
      { pods: [pinned], workloads: [makeWorkload('w1', { annotated: false })] },
      [],
    ],
  ]
  for (const [name, cluster, reasons] of cases)
    it(name, () => {
      const found = planClaims(makeObservation(cluster), EMPTY_MEMORY, SETTINGS, NOW)
      assert.deepEqual(
        actionsOf(found, 'evict-pod').map(({ reason }) => reason),
        reasons,
      )
    })

  it('is asked again when the node has been away for long enough', () => {
    const nodes = [makeClaimNode('c1', { ready: false, notReadySinceMs: NOW - 29_000 })]
    assert.equal(
      planClaims(makeObservation({ pods: [pinned], claims, nodes }), EMPTY_MEMORY, SETTINGS, NOW)
        .requeueAfterMs,
      1000,
    )
  })
})
