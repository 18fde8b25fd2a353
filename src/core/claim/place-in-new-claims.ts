// Pipeline: claim. Pods that have found no place: claims for them. What one machine has beyond the pods that it is asked for goes
// to those of other workloads in the same turn, as it would in the next one, or each workload would buy a machine of its own
// where many come at once (a controller that has just begun to lead).
import { GPU } from '../api/resources.ts'
import { claimToBe } from './claim-to-be.ts'
import type { DemandedPod, Shape } from './demand.ts'
import type { Claims, PackedClaim } from './new-claims.ts'
import type { Occupancy } from './occupancy.ts'
import type { Ledger } from './ledger.ts'
import { holds, slotOfClaim, take, type Slot } from './room.ts'
import { sayObstacle } from './say-obstacle.ts'
import { waitingSentence, withRefusals } from './say-waiting.ts'
import { judge } from './suits.ts'
import { sayState, type Turn } from './turn.ts'

/** What it is planned with. */
export interface NewClaimPlanning {
  readonly turn: Turn
  readonly occupancy: Occupancy
  readonly ledger: Ledger
  readonly claims: Claims
}

/** Plans the claims, and says of every pod which one it waits for, or why there is none. */
export function placeInNewClaims(planning: NewClaimPlanning, unplaced: readonly DemandedPod[]): void {
  const { turn, claims } = planning
  const made: Slot[] = []
  for (const [shape, pods] of Map.groupBy(unplaced, demanded => demanded.shape)) {
    const left = pods.filter(demanded => !share(planning, made, demanded))
    if (left.length === 0) continue
    const offer = claims.offer(shape)
    if (!offer.ok) sayObstacle(turn, left, offer.sentence)
    const packing = claims.pack(shape, left)
    if (packing.why !== undefined) sayObstacle(turn, packing.held, packing.why)
    for (const packed of packing.claims) {
      sayPacked(planning, shape, packed)
      made.push(...slotOf(planning, shape, packed))
    }
  }
}

function share({ turn, ledger }: NewClaimPlanning, made: readonly Slot[], demanded: DemandedPod): boolean {
  const { pod, shape } = demanded
  const slot = made.find(one => holds(one, pod.requests) && judge(turn, shape, one) === 'later')
  if (slot === undefined) return false
  take(slot, pod.requests)
  sayState(turn, pod, shape.workload.uid, waitingSentence(ledger, shape, slot))
  return true
}

function sayPacked(
  { turn, ledger }: NewClaimPlanning,
  shape: Shape,
  { name, pods, instanceTypes }: PackedClaim,
): void {
  const message = `waiting for claim ${name} (${instanceTypes.join(', ')})`
  const sentence = {
    reason: 'WaitingForNode',
    message: withRefusals(ledger, shape, instanceTypes, message),
    instanceTypes,
  } as const
  for (const { pod } of pods) sayState(turn, pod, shape.workload.uid, sentence)
}

/** None of a claim that the API server has refused to make: others must not wait for it. */
function slotOf(
  { turn, occupancy }: NewClaimPlanning,
  shape: Shape,
  { name, object, pods }: PackedClaim,
): readonly Slot[] {
  if (turn.observation.isRefusedName?.(name) === true) return []
  const claim = claimToBe(name, object, turn.nowMs)
  const gpus = Math.max(shape.placement.gpusPerPod, shape.pod.requests[GPU] ?? 0)
  const slot = claim === undefined ? undefined : slotOfClaim(turn, claim, occupancy, () => gpus)
  if (slot === undefined) return []
  for (const { pod } of pods) take(slot, pod.requests)
  // What is full need not be looked at by all pods that come after it.
  return (slot.free[GPU] ?? 0) > 0 ? [slot] : []
}
