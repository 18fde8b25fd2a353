// Pipeline: claim. What is known of capacity in one turn: refusals by instance type and scope, attempts by shape, claims that
// were refused or released. It becomes the next turn's memory (refusals.ts).
import { compareText } from '../api/compare-text.ts'
import type { Shape } from './demand.ts'
import type { Attempts, BoughtInVain, Memory, Refusal, RefusedClaim } from './plan.ts'
import { capacityScope } from './requirements.ts'

/** Karpenter, too, forgets unavailable offerings after 3 minutes: pkg/cache of its AWS and Azure providers. */
export const REFUSAL_MS = 3 * 60_000

/** What is known of capacity in this turn; becomes the next turn's memory. */
export interface Ledger {
  refusals: readonly Refusal[]
  readonly attempts: Map<string, Attempts>
  readonly released: Set<string>
  refused: readonly RefusedClaim[]
  readonly boughtInVain: Map<string, BoughtInVain>
  /** By shape: refusals that do not hold for it in this turn, because it asks again. */
  readonly askedAgain: Map<string, ReadonlySet<Refusal>>
}

/** What earlier turns remember, without refusals that are over. */
export function createLedger(memory: Memory, nowMs: number): Ledger {
  return {
    refusals: memory.refusals.filter(refusal => refusal.untilMs > nowMs),
    attempts: new Map(memory.attempts),
    released: new Set(memory.released),
    refused: memory.refused,
    boughtInVain: new Map(memory.boughtInVain),
    askedAgain: new Map(),
  }
}

/** Types are compared whatever their case; a refusal without scope holds in every zone. */
export function refusalOf(ledger: Ledger, instanceType: string, shape: Shape): Refusal | undefined {
  const type = instanceType.toLowerCase()
  const scopes = new Set(['', shapeScope(shape.key), scopeOfShape(shape)])
  const askedAgain = ledger.askedAgain.get(shape.key)
  return ledger.refusals.find(
    refusal =>
      refusal.instanceType.toLowerCase() === type &&
      scopes.has(refusal.scope) &&
      askedAgain?.has(refusal) !== true,
  )
}

/** The scope of a refusal that holds for pods of one shape alone. */
export function shapeScope(shape: string): string {
  return `shape ${shape}`
}

function scopeOfShape({ claimable }: Shape): string {
  return claimable.ok ? capacityScope(claimable.requirements) : ''
}

/** Remembers a refusal, in place of an older one of the same type and scope. */
export function refuse(ledger: Ledger, refusal: Refusal): void {
  const isSame = (other: Refusal) =>
    other.scope === refusal.scope && other.instanceType.toLowerCase() === refusal.instanceType.toLowerCase()
  ledger.refusals = [...ledger.refusals.filter(other => !isSame(other)), refusal].toSorted(
    (left, right) =>
      compareText(left.instanceType, right.instanceType) || compareText(left.scope, right.scope),
  )
}
