import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Observation } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY } from '../../../src/core/claim/plan.ts'
import type { ObservedPod, ObservedRevision, PodPlacement } from '../../../src/core/workload/observed.ts'
import {
  BIG,
  makeObservation,
  makePlacement,
  makePod,
  makeWorkload,
  NOW,
  reasonsOf,
  SETTINGS,
} from './builders.ts'

const OURS = makePlacement()
const EDITED = makePlacement({ instanceTypes: [BIG] })

/** What a pod with this placement waits for; the templates are those of its workload, of its ReplicaSet and of revisions. */
function reasonOf(
  pod: ObservedPod,
  templates: {
    readonly workload?: PodPlacement
    readonly replicaSet?: PodPlacement
    readonly revisions?: Readonly<Record<string, PodPlacement>>
    readonly revisionOwner?: string
  },
): { readonly reason: string | undefined; readonly notices: number; readonly claims: number } {
  const { workload, replicaSet, revisions = {}, revisionOwner = 'w1' } = templates
  const kind = pod.controller?.kind === 'ReplicaSet' ? 'Deployment' : (pod.controller?.kind ?? '')
  const observation: Observation = {
    ...makeObservation({
      workloads: [makeWorkload('w1', { kind, ...(workload !== undefined && { placement: workload }) })],
      pods: [pod],
    }),
    replicaSets: new Map([
      [
        'rs',
        {
          uid: 'rs',
          resourceVersion: '1',
          controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'w1', uid: 'w1' },
          ...(replicaSet !== undefined && { placement: replicaSet }),
        },
      ],
    ]),
    revisions: new Map(
      Object.entries(revisions).map(([name, placement]): [string, ObservedRevision] => [
        `team/${name}`,
        { uid: name, resourceVersion: '1', namespace: 'team', name, ownerUid: revisionOwner, placement },
      ]),
    ),
  }
  const plan = planClaims(observation, EMPTY_MEMORY, SETTINGS, NOW)
  return {
    reason: reasonsOf(plan)[pod.uid],
    notices: plan.notices.length,
    claims: plan.actions.filter(({ type }) => type === 'create-claim').length,
  }
}

const GIVEN = { reason: 'WaitingForNode', notices: 0, claims: 1 }
const REFUSED = { reason: 'PlacementInvalid', notices: 1, claims: 0 }
/** The template may be known a moment later: no Event yet. */
const DOUBTED = { ...REFUSED, notices: 0 }

function podOf(kind: string, placement: PodPlacement, more: Partial<ObservedPod> = {}): ObservedPod {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1'
  const uid = kind === 'ReplicaSet' ? 'rs' : 'w1'
  return makePod('p', 'w1', { placement, controller: { apiVersion, kind, name: 'w1', uid }, ...more })
}

describe('the placement of a pod', () => {
  it('counts where it is that of the template of its ReplicaSet, whatever the Deployment says now', () => {
    const templates = { replicaSet: OURS, workload: EDITED }
    assert.deepEqual(reasonOf(podOf('ReplicaSet', makePlacement()), templates), GIVEN)
    assert.deepEqual(reasonOf(podOf('ReplicaSet', EDITED), templates), REFUSED)
    assert.deepEqual(reasonOf(podOf('ReplicaSet', OURS), { workload: OURS }), REFUSED)
  })

  it('counts where it is that of the template of its Job', () => {
    assert.deepEqual(reasonOf(podOf('Job', OURS), { workload: OURS }), GIVEN)
    assert.deepEqual(reasonOf(podOf('Job', EDITED), { workload: OURS }), REFUSED)
  })

  it('counts where it is that of its StatefulSet, or of the revision that the pod was made from', () => {
    const old = { controllerRevision: 'w1-old' }
    const revisions = { 'w1-old': OURS }
    assert.deepEqual(reasonOf(podOf('StatefulSet', OURS, old), { workload: OURS }), GIVEN)
    assert.deepEqual(reasonOf(podOf('StatefulSet', OURS, old), { workload: EDITED, revisions }), GIVEN)
    assert.deepEqual(reasonOf(podOf('StatefulSet', EDITED, old), { workload: OURS, revisions }), REFUSED)
    assert.deepEqual(reasonOf(podOf('StatefulSet', EDITED, old), { workload: OURS }), DOUBTED)
    assert.deepEqual(reasonOf(podOf('StatefulSet', EDITED), { workload: OURS, revisions }), DOUBTED)
  })

  it('does not count for a revision of another StatefulSet', () => {
    const templates = { workload: OURS, revisions: { 'other-1': EDITED }, revisionOwner: 'other' }
    const pod = podOf('StatefulSet', EDITED, { controllerRevision: 'other-1' })
    assert.deepEqual(reasonOf(pod, templates), DOUBTED)
  })
})
