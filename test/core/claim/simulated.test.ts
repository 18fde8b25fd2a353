// What the simulator (test/sim) has found in the planner, each as the smallest picture that shows it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { objectAt, stringAt } from '../../../src/core/api/json.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan } from '../../../src/core/claim/plan.ts'
import {
  actionsOf,
  BIG,
  bindingsOf,
  makeClaim,
  makeClaimNode,
  makeNode,
  makeObservation,
  makePlacement,
  makePod,
  makeWorkload,
  NOW,
  OTHER_SMALL,
  requestsOf,
  SETTINGS,
  SMALL,
  type Cluster,
} from './builders.ts'

function plan(cluster: Cluster, memory = EMPTY_MEMORY, nowMs = NOW): ClaimPlan {
  return planClaims(makeObservation(cluster), memory, SETTINGS, nowMs)
}

describe('found by simulation', () => {
  it('once a claim is launched its type is known, whatever else it might have become', () => {
    const workloads = [makeWorkload('w1'), makeWorkload('w2')]
    const pods = [makePod('p', 'w2', { placement: makePlacement({ instanceTypes: [BIG] }) })]
    const types = { instanceTypes: [BIG, OTHER_SMALL] }
    const launched = makeClaim('c1', 'launched', {}, types)
    const labels = { ...launched.labels, 'node.kubernetes.io/instance-type': BIG }
    assert.equal(requestsOf(plan({ workloads, pods, claims: [launched] })).length, 1)
    assert.equal(requestsOf(plan({ workloads, pods, claims: [{ ...launched, labels }] })).length, 0)
  })

  it('a taint on the node of a shape says little about the next one: asked again after minutes, not after an hour', () => {
    const pods = [makePod('p', 'w1')]
    const [shape = ''] = requestsOf(plan({ pods })).map(({ name }) => name)
    const metadata = objectAt(actionsOf(plan({ pods }), 'create-claim')[0]?.object, 'metadata')
    const annotations = {
      'kaito.sh/shape': stringAt(objectAt(metadata, 'annotations'), 'kaito.sh/shape') ?? '',
    }
    const old = { annotations, createdAtMs: NOW - 2 * SETTINGS.launchBudgetMs }
    const claims = [makeClaim(shape, 'ready', {}, old)]
    const taints = [{ key: 'maintenance', effect: 'NoSchedule' }]
    const first = plan({ pods, claims, nodes: [makeClaimNode(shape, { taints })] })
    assert.deepEqual([bindingsOf(first), requestsOf(first)], [{}, []])
    assert.deepEqual(
      first.memory.refusals.map(({ instanceType, untilMs }) => [instanceType, untilMs - NOW]),
      [[SMALL.toLowerCase(), 180_000]],
    )
  })

  it('no two pods of a group go to one node, not even where the first is held to it by its hostname alone', () => {
    const placement = makePlacement({ nodesPerReplica: 2 })
    const nodes = [makeNode('n1', {}, 2), makeNode('n2', {}, 1)]
    const first = makePod('a', 'w1', {
      placement,
      gates: [],
      nodeSelector: { 'kubernetes.io/hostname': 'host-n1' },
    })
    const found = plan({
      workloads: [makeWorkload('w1', { nodesPerReplica: 2 })],
      pods: [first, makePod('b', 'w1', { placement })],
      nodes,
    })
    assert.deepEqual(bindingsOf(found), { b: 'n2' })
  })

  it('a node that is not known yet is asked about by the name that its claim gives', () => {
    const since = new Date(NOW - SETTINGS.idleGraceMs).toISOString()
    const idle = makeClaim('c1', 'ready', {}, { annotations: { 'kaito.sh/idle-since': since } })
    const late = makeClaim(
      'c2',
      'launched',
      {},
      { createdAtMs: NOW - SETTINGS.launchBudgetMs, nodeName: 'node-c2' },
    )
    assert.deepEqual(
      actionsOf(plan({ claims: [idle, late] }), 'delete-claim').map(({ nodeName, expectEmpty }) => [
        nodeName,
        expectEmpty,
      ]),
      [
        ['node-c2', true],
        ['node-c1', true],
      ],
    )
  })
})
