// Pods of several workloads that come at once, and the machines that are bought for them: planned with a real back-end, whose
// claims can be read back.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXCLUSIVE_PREFIX, GPU } from '../../../src/core/api/resources.ts'
import { NODECLAIM_KWOK } from '../../../src/core/claim/backends/nodeclaim-kwok.ts'
import type { Observation } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import {
  actionsOf,
  BIG,
  makeObservation,
  makePlacement,
  makePod,
  makeWorkload,
  NOW,
  reasonsOf,
  SETTINGS,
  SMALL,
} from './builders.ts'

const NODE_CLASS = { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: 'default' }

function observe(pods: readonly ObservedPod[]): Observation {
  const workloads = ['w1', 'w2', 'w3'].map(uid => makeWorkload(uid))
  const provisioner = { backend: NODECLAIM_KWOK, nodeClass: NODE_CLASS }
  return { ...makeObservation({ workloads, pods }), provisioner }
}

function plan(...pods: readonly ObservedPod[]): ClaimPlan {
  return planClaims(observe(pods), EMPTY_MEMORY, SETTINGS, NOW)
}

/** Workloads for which the claims are made. */
function madeFor(found: ClaimPlan): readonly string[] {
  return actionsOf(found, 'create-claim').map(({ workloadUid }) => workloadUid)
}

function pod(name: string, workload: string, gpus = 1, types: readonly string[] = [BIG]): ObservedPod {
  return makePod(name, workload, { placement: makePlacement({ instanceTypes: types, gpusPerPod: gpus }) })
}

const WITH_PORT = { [GPU]: 1, pods: 1, [`${EXCLUSIVE_PREFIX}host-port-TCP-80`]: 1 }

describe('pods of several workloads that come at once', () => {
  const cases: readonly [name: string, pods: readonly ObservedPod[], madeFor: readonly string[]][] = [
    ['share a machine that has room for all', [pod('a', 'w1'), pod('b', 'w2'), pod('c', 'w3')], ['w1']],
    ['as far as there is room', [pod('a', 'w1', 2), pod('b', 'w2', 3), pod('c', 'w3', 2)], ['w1', 'w2']],
    [
      'the second of one workload too, where the first of another has left none',
      [pod('a', 'w1', 4), pod('b', 'w2'), pod('c', 'w2')],
      ['w1', 'w2'],
    ],
    ['not one of another type', [pod('a', 'w1'), pod('b', 'w2', 1, [SMALL])], ['w1', 'w2']],
    [
      'nor one whose selector the claim does not promise',
      [pod('a', 'w1'), { ...pod('b', 'w2'), nodeSelector: { rack: 'r1' } }],
      ['w1', 'w2'],
    ],
    [
      'nor one that wants the same port of the host',
      [
        { ...pod('a', 'w1'), requests: WITH_PORT },
        { ...pod('b', 'w2'), requests: WITH_PORT },
      ],
      ['w1', 'w2'],
    ],
  ]
  for (const [name, pods, workloads] of cases)
    it(name, () => assert.deepEqual(madeFor(plan(...pods)), workloads))

  it('all are told which claim they wait for', () => {
    const found = plan(pod('a', 'w1'), pod('b', 'w2'))
    const [claim] = actionsOf(found, 'create-claim')
    assert.deepEqual(reasonsOf(found), { a: 'WaitingForNode', b: 'WaitingForNode' })
    for (const { message } of found.pods) assert.match(message, new RegExp(`claim ${claim?.name} `))
  })

  it('do not wait for a claim that the API server refuses to make', () => {
    const observation = observe([pod('a', 'w1'), pod('b', 'w2')])
    const [first] = actionsOf(planClaims(observation, EMPTY_MEMORY, SETTINGS, NOW), 'create-claim')
    const isRefusedName = (name: string) => name === first?.name
    const found = planClaims({ ...observation, isRefusedName }, EMPTY_MEMORY, SETTINGS, NOW)
    assert.deepEqual(madeFor(found), ['w1', 'w2'])
  })
})
