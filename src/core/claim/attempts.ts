// Pipeline: claim. Asking again for what was refused: back-off by shape, longer each time, until something was to be had.
import { compareText } from '../api/compare-text.ts'
import { isReady, shapeOfClaim } from './claim-state.ts'
import type { Shape } from './demand.ts'
import { refusalOf, shapeScope, type Ledger } from './ledger.ts'
import type { ObservedClaim } from './observation.ts'
import { isDue, type Turn } from './turn.ts'

const FIRST_BACK_OFF_MS = 1000
/** No shape waits longer between two attempts. */
export const LONGEST_BACK_OFF_MS = 5 * 60_000

/**
 * A claim was refused: where no type is left, the shape waits longer each time. What was asked for together is one attempt,
 * or a workload of ten pods would wait as long after one refusal as another after ten.
 */
export function countAttempt(
  turn: Turn,
  ledger: Ledger,
  shape: Shape | undefined,
  { uid, message }: { readonly uid: string; readonly message: string },
): void {
  if (shape?.claimable.ok !== true || ledger.attempts.get(shape.key)?.claims.has(uid)) return
  if (shape.claimable.instanceTypes.some(type => refusalOf(ledger, type, shape) === undefined)) return
  const count = (ledger.attempts.get(shape.key)?.count ?? 0) + 1
  const delayMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (count - 1), LONGEST_BACK_OFF_MS)
  const claims = claimsOfShape(turn, shape.key)
  ledger.attempts.set(shape.key, { count, notBeforeMs: turn.nowMs + delayMs, message, claims })
}

/**
 * Where every type is refused and the back-off is over, the shape asks again: for the type that was refused longest ago, or
 * for all of them where the provisioner chooses. Otherwise the memory would make every wait as long as itself. For other
 * shapes the refusals hold: they may have a type that nobody has tried.
 */
export function askAgain(turn: Turn, ledger: Ledger, shapes: ReadonlyMap<string, Shape>): void {
  const chooses = turn.observation.provisioner?.backend.choosesInstanceType === true
  for (const shape of [...shapes.values()].toSorted((left, right) => compareText(left.key, right.key))) {
    const attempts = ledger.attempts.get(shape.key)
    if (attempts === undefined || !shape.claimable.ok || !isDue(turn, attempts.notBeforeMs)) continue
    const refusals = shape.claimable.instanceTypes.map(type => refusalOf(ledger, type, shape))
    if (refusals.includes(undefined)) continue
    const capacity = refusals.filter(refusal => refusal?.scope !== shapeScope(shape.key))
    const oldest = Math.min(...capacity.map(refusal => refusal?.untilMs ?? 0))
    const asksForAll = chooses && !shape.placement.ordered
    const again = capacity.filter(refusal => asksForAll || refusal?.untilMs === oldest)
    ledger.askedAgain.set(shape.key, new Set(again.filter(refusal => refusal !== undefined)))
  }
}

/** A node that was ready before the attempt says nothing about the next one. */
export function noteSuccesses(ledger: Ledger, claims: readonly ObservedClaim[]): void {
  for (const claim of claims.filter(isReady)) {
    const shape = shapeOfClaim(claim)
    if (ledger.attempts.get(shape)?.claims.get(claim.uid) !== true) ledger.attempts.delete(shape)
  }
}

function claimsOfShape({ observation }: Turn, shape: string): ReadonlyMap<string, boolean> {
  const claims = [...observation.goneClaims, ...observation.claims]
  return new Map(
    claims.filter(claim => shapeOfClaim(claim) === shape).map(claim => [claim.uid, isReady(claim)]),
  )
}
