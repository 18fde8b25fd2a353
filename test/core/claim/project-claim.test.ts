// Raw NodeClaims and Machines, and the Events about them → what the planner sees.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { MACHINE } from '../../../src/core/claim/backends/machine.ts'
import { NODECLAIM_KWOK } from '../../../src/core/claim/backends/nodeclaim-kwok.ts'
import { projectClaim, projectClaimEvent } from '../../../src/core/claim/project-claim.ts'
import { objectAt } from '../../../src/core/api/json.ts'
import { makeClaimRequest } from './backends/make-claim-request.ts'
import { makeMetadata } from './make-objects.ts'

const GIB = 2 ** 30

/** As it is read back after it was created and launched. */
function stored(claim: JsonObject, status: JsonObject = {}): JsonObject {
  return { ...claim, metadata: makeMetadata('c', { ...objectAt(claim, 'metadata'), namespace: '' }), status }
}

describe('a claim', () => {
  const claim = NODECLAIM_KWOK.desiredClaim(makeClaimRequest({ idleGraceMs: 60_000 }))

  it('is read as it was written', () => {
    const observed = projectClaim(stored(claim))
    assert.deepEqual(observed?.instanceTypes, ['Standard_NC48ads_A100_v4', 'Standard_NC96ads_A100_v4'])
    assert.deepEqual(observed.requests, {
      'nvidia.com/gpu': 2,
      cpu: 2500,
      memory: 8 * GIB,
      pods: 2,
      'ephemeral-storage': 87 * GIB,
    })
    assert.deepEqual(observed.taints, [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }])
    assert.equal(observed.annotations['kaito.sh/idle-grace'], '60s')
    assert.equal(observed.labels['kaito.sh/claim'], observed.name)
    assert.deepEqual(observed.requirements.at(-1), {
      key: 'karpenter.sh/capacity-type',
      operator: 'In',
      values: ['on-demand'],
    })
    assert.deepEqual([observed.allocatable, observed.conditions, observed.nodeName], [{}, [], undefined])
  })

  it('is not ours by a label of another value: somebody has put it there', () => {
    const labels = { 'kaito.sh/claim': 'other' }
    const metadata = { ...objectAt(claim, 'metadata'), labels, annotations: {} }
    assert.equal(projectClaim(stored({ ...claim, metadata })), undefined)
  })

  const unlabelled: readonly [caption: string, name: string, metadata: JsonObject, isOurs: boolean][] = [
    ['our label was taken away', 'kn012345678', {}, true],
    ['our label has another value', 'kn012345678', { labels: { 'kaito.sh/claim': 'other' } }, true],
    ['a copy of it has a name of its own', 'mine', {}, false],
    ['it only has a name like ours', 'kn012345678', { annotations: {} }, false],
  ]
  for (const [caption, name, changes, isOurs] of unlabelled)
    it(`${caption}: ${isOurs ? 'ours' : 'not ours'}`, () => {
      const metadata = { ...objectAt(claim, 'metadata'), labels: {}, name, ...changes }
      assert.equal(projectClaim({ ...claim, metadata: makeMetadata(name, metadata) }) !== undefined, isOurs)
    })

  it('has its node and what it holds, when it is launched', () => {
    const observed = projectClaim(
      stored(claim, {
        nodeName: 'n',
        providerID: 'kwok://n',
        allocatable: { 'nvidia.com/gpu': '2' },
        conditions: [
          {
            type: 'Launched',
            status: 'True',
            reason: 'Launched',
            lastTransitionTime: '2026-11-22T10:00:01Z',
          },
          { type: 'Registered', status: 'Unknown', reason: 'NodeNotFound', message: 'Node not registered' },
        ],
      }),
    )
    assert.equal(observed?.nodeName, 'n')
    assert.equal(observed.providerId, 'kwok://n')
    assert.deepEqual(observed.allocatable, { 'nvidia.com/gpu': 2 })
    assert.deepEqual(observed.conditions, [
      {
        type: 'Launched',
        status: 'True',
        reason: 'Launched',
        message: '',
        lastTransitionAtMs: Date.parse('2026-11-22T10:00:01Z'),
      },
      { type: 'Registered', status: 'Unknown', reason: 'NodeNotFound', message: 'Node not registered' },
    ])
  })

  it('may be a Machine', () =>
    assert.deepEqual(projectClaim(stored(MACHINE.desiredClaim(makeClaimRequest())))?.instanceTypes, [
      'Standard_NC48ads_A100_v4',
    ]))

  it('is not ours without our label', () =>
    assert.equal(projectClaim({ ...claim, metadata: makeMetadata('c') }), undefined))
})

describe('an Event about a claim', () => {
  const about = { kind: 'NodeClaim', name: 'c', uid: 'uid-c' }
  const event = {
    type: 'Warning',
    reason: 'InsufficientCapacityError',
    message: 'NodeClaim c event: insufficient capacity, no offering',
    involvedObject: about,
    lastTimestamp: '2026-11-22T10:00:02Z',
  }

  it('has the provider’s words and the claim’s uid', () =>
    assert.deepEqual(projectClaimEvent(event), {
      claimUid: 'uid-c',
      event: {
        reason: 'InsufficientCapacityError',
        message: 'insufficient capacity, no offering',
        atMs: Date.parse('2026-11-22T10:00:02Z'),
      },
    }))

  it('is of the time at which it was seen last', () => {
    const series = { count: 3, lastObservedTime: '2026-11-22T10:09:00.123456Z' }
    const newer = { ...event, lastTimestamp: null, eventTime: '2026-11-22T10:01:00.000000Z', series }
    assert.equal(projectClaimEvent(newer)?.event.atMs, Date.parse('2026-11-22T10:09:00.123Z'))
  })

  const others: readonly [string, JsonObject][] = [
    ['only tells', { ...event, type: 'Normal' }],
    ['is about a pod', { ...event, involvedObject: { ...about, kind: 'Pod' } }],
    ['does not say about which', { ...event, involvedObject: { kind: 'NodeClaim', name: 'c' } }],
  ]
  for (const [name, other] of others)
    it(`that ${name} is of no interest`, () => assert.equal(projectClaimEvent(other), undefined))
})
