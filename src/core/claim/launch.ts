// Pipeline: claim. A claim whose node does not become usable within the launch budget is given up: deleted, and its instance
// types count as refused. Never while anything is on its node.
import { compareText } from '../api/compare-text.ts'
import { GPU } from '../api/resources.ts'
import { countAttempt } from './attempts.ts'
import { isReady, isStaying, pendingText, shapeOfClaim } from './claim-state.ts'
import type { Shape } from './demand.ts'
import type { ObservedClaim } from './observation.ts'
import { pinText, type Occupancy } from './occupancy.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { refuse, REFUSAL_MS, type Ledger } from './ledger.ts'
import { capacityScope } from './requirements.ts'
import { isUsable } from './room.ts'
import { isDue, type Turn } from './turn.ts'

/** Plans the deletion of claims that took too long; the uids of the claims. */
export function giveUpLateClaims(
  turn: Turn,
  occupancy: Occupancy,
  ledger: Ledger,
  shapes: ReadonlyMap<string, Shape>,
): Set<string> {
  const late = turn.observation.claims
    .filter(claim => isStaying(claim) && isLate(turn, claim, occupancy))
    .toSorted((left, right) => compareText(left.name, right.name))
  for (const claim of late) giveUp(turn, claim, occupancy, ledger, shapes)
  return new Set(late.map(({ uid }) => uid))
}

function isLate(turn: Turn, claim: ObservedClaim, occupancy: Occupancy): boolean {
  const node = occupancy.nodeOf(claim)
  const neverHadGpus = node !== undefined && node.ready && (node.allocatable[GPU] ?? 0) === 0
  if (isReady(claim) && !neverHadGpus) return false
  if (node !== undefined && (occupancy.inUse.has(node.name) || (isUsable(node) && isReady(claim))))
    return false
  if (occupancy.pinned.has(pinText(CLAIM_LABEL, claim.name))) return false
  return isDue(turn, claim.createdAtMs + turn.settings.launchBudgetMs)
}

function giveUp(
  turn: Turn,
  claim: ObservedClaim,
  occupancy: Occupancy,
  ledger: Ledger,
  shapes: ReadonlyMap<string, Shape>,
): void {
  const minutes = Math.round(turn.settings.launchBudgetMs / 60_000)
  const message = `claim ${claim.name} (${claim.instanceTypes.join(', ')}) has no usable node after ${minutes} min, ${pendingText(claim)}`
  turn.actions.push({
    type: 'delete-claim',
    claim,
    reason: 'LaunchTimedOut',
    message,
    nodeName: occupancy.nodeOf(claim)?.name ?? claim.nodeName,
    expectEmpty: true,
  })
  if (ledger.released.has(claim.uid)) return
  ledger.released.add(claim.uid)
  const scope = capacityScope(claim.requirements)
  for (const instanceType of claim.instanceTypes)
    refuse(ledger, { instanceType, scope, untilMs: turn.nowMs + REFUSAL_MS, message })
  countAttempt(turn, ledger, shapes.get(shapeOfClaim(claim)), { uid: claim.uid, message })
}
