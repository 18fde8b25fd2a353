// Pipeline: claim. Memory of refused capacity. Karpenter deletes a claim that the provider refuses, and an Event on it is all
// that is left: a claim that vanishes before it was launched is a refusal, and its Event is the reason to show.
import { compareText } from '../api/compare-text.ts'
import {
  idleSinceMs,
  isLaunched,
  isReady,
  launchWords,
  shapeOfClaim,
  workloadOfClaim,
} from './claim-state.ts'
import type { Shape } from './demand.ts'
import type { ObservedClaim } from './observation.ts'
import type { Attempts, BoughtInVain, Memory, Refusal, RefusedClaim } from './plan.ts'
import { capacityScope } from './requirements.ts'
import { isDue, type Turn } from './turn.ts'

/** Karpenter, too, forgets unavailable offerings after 3 minutes: pkg/cache of its AWS and Azure providers. */
export const REFUSAL_MS = 3 * 60_000
/** Events come over another watch than the disappearance, and through the recorder's rate limit. */
const WORDS_MAY_COME_MS = 60_000
/** So long a notice waits for the provider's words. */
const PATIENCE_MS = 5000
/** So long it is remembered what was bought in vain for pods that are not there at the moment. */
const IN_VAIN_MS = 24 * 60 * 60_000
const FIRST_BACK_OFF_MS = 1000
const LONGEST_BACK_OFF_MS = 5 * 60_000

/** What is known of capacity in this turn; becomes the next turn's memory. */
export interface Ledger {
  refusals: readonly Refusal[]
  readonly attempts: Map<string, Attempts>
  readonly released: Set<string>
  refused: readonly RefusedClaim[]
  readonly boughtInVain: Map<string, BoughtInVain>
}

/** What earlier turns remember, without refusals that are over. */
export function createLedger(memory: Memory, nowMs: number): Ledger {
  return {
    refusals: memory.refusals.filter(refusal => refusal.untilMs > nowMs),
    attempts: new Map(memory.attempts),
    released: new Set(memory.released),
    refused: memory.refused,
    boughtInVain: new Map(memory.boughtInVain),
  }
}

/** Types are compared whatever their case; a refusal without scope holds in every zone. */
export function refusalOf(ledger: Ledger, instanceType: string, shape: Shape): Refusal | undefined {
  const type = instanceType.toLowerCase()
  const scopes = new Set(['', shapeScope(shape.key), scopeOfShape(shape)])
  return ledger.refusals.find(
    refusal => refusal.instanceType.toLowerCase() === type && scopes.has(refusal.scope),
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
 * for all of them where the provisioner chooses. Otherwise the memory would make every wait as long as itself.
 */
export function forgetForRetry(turn: Turn, ledger: Ledger, shapes: ReadonlyMap<string, Shape>): void {
  const chooses = turn.observation.provisioner?.backend.choosesInstanceType === true
  for (const shape of [...shapes.values()].toSorted((left, right) => compareText(left.key, right.key))) {
    const attempts = ledger.attempts.get(shape.key)
    if (attempts === undefined || !shape.claimable.ok || !isDue(turn, attempts.notBeforeMs)) continue
    const refusals = shape.claimable.instanceTypes.map(type => refusalOf(ledger, type, shape))
    if (refusals.includes(undefined)) continue
    const capacity = refusals.filter(refusal => refusal?.scope !== shapeScope(shape.key))
    const oldest = Math.min(...capacity.map(refusal => refusal?.untilMs ?? 0))
    const asksForAll = chooses && !shape.placement.ordered
    const again = new Set(capacity.filter(refusal => asksForAll || refusal?.untilMs === oldest))
    ledger.refusals = ledger.refusals.filter(refusal => !again.has(refusal))
  }
}

/** Takes in what has vanished, and the words that have arrived since. */
export function observeRefusals(turn: Turn, ledger: Ledger, shapes: ReadonlyMap<string, Shape>): void {
  const { claims, goneClaims } = turn.observation
  const known = new Set(ledger.refused.map(({ uid }) => uid))
  const leaving = claims.filter(claim => claim.deletedAtMs !== undefined)
  const fresh = [...leaving, ...goneClaims]
    .filter(claim => !known.has(claim.uid) && isRefused(claim, ledger))
    .toSorted((left, right) => compareText(left.uid, right.uid))
    .filter((claim, index, all) => claim.uid !== all[index - 1]?.uid)
    .map(claim => refusedClaim(claim, turn.nowMs))
  const present = new Set(claims.map(({ uid }) => uid))
  ledger.refused = [...ledger.refused, ...fresh]
    .filter(({ uid, atMs }) => present.has(uid) || atMs + WORDS_MAY_COME_MS > turn.nowMs)
    .map(refused => withWords(turn, refused))
    .map(refused => sayRefusal(turn, refused))
  for (const refused of ledger.refused)
    recordRefusal(
      turn,
      ledger,
      refused,
      shapes,
      fresh.some(({ uid }) => uid === refused.uid),
    )
  noteSuccesses(ledger, claims)
  sayLost(turn, ledger, shapes)
}

/** Forgets what nobody can ask about any more. */
export function memoryOf(turn: Turn, ledger: Ledger, shapes: ReadonlyMap<string, Shape>): Memory {
  const present = new Set(turn.observation.claims.map(({ uid }) => uid))
  const attempts = [...ledger.attempts].filter(
    ([key, { notBeforeMs }]) => shapes.has(key) || notBeforeMs + LONGEST_BACK_OFF_MS > turn.nowMs,
  )
  return {
    refusals: ledger.refusals,
    attempts: new Map(attempts),
    released: new Set([...ledger.released].filter(uid => present.has(uid))),
    refused: ledger.refused,
    standing: turn.standing,
    orphans: turn.orphans,
    boughtInVain: new Map(
      [...ledger.boughtInVain].filter(
        ([, { shape, lastSeenMs }]) => shapes.has(shape) || lastSeenMs + IN_VAIN_MS > turn.nowMs,
      ),
    ),
  }
}

/** What we deleted ourselves is no refusal; idle-since tells it even to a controller that has just started. */
function isRefused(claim: ObservedClaim, ledger: Ledger): boolean {
  return !isLaunched(claim) && !ledger.released.has(claim.uid) && idleSinceMs(claim) === undefined
}

function refusedClaim(claim: ObservedClaim, nowMs: number): RefusedClaim {
  return {
    uid: claim.uid,
    name: claim.name,
    shape: shapeOfClaim(claim),
    workloadUid: workloadOfClaim(claim),
    instanceTypes: claim.instanceTypes,
    scope: capacityScope(claim.requirements),
    atMs: nowMs,
    words: launchWords(claim),
    said: undefined,
  }
}

function withWords(turn: Turn, refused: RefusedClaim): RefusedClaim {
  const words = turn.observation.claimEvents.get(refused.uid)?.message
  return words === undefined ? refused : { ...refused, words }
}

function refusalText({ name, instanceTypes, words }: RefusedClaim): string {
  const reason = words ?? 'it disappeared before it was launched, and no Event says why'
  return `claim ${name} (${instanceTypes.join(', ')}) was refused: ${reason}`
}

/** Once with the provider's words; if they take long, once without them and once with them. */
function sayRefusal(turn: Turn, refused: RefusedClaim): RefusedClaim {
  const message = refusalText(refused)
  if (refused.said === message) return refused
  if (refused.words === undefined && !isDue(turn, refused.atMs + PATIENCE_MS)) return refused
  turn.notices.push({ type: 'Warning', reason: 'CapacityRefused', message, workloadUid: refused.workloadUid })
  return { ...refused, said: message }
}

function recordRefusal(
  turn: Turn,
  ledger: Ledger,
  refused: RefusedClaim,
  shapes: ReadonlyMap<string, Shape>,
  isFresh: boolean,
): void {
  const untilMs = refused.atMs + REFUSAL_MS
  const message = refused.words ?? refusalText(refused)
  for (const instanceType of refused.instanceTypes) {
    const known = ledger.refusals.find(
      other =>
        other.instanceType === instanceType && other.scope === refused.scope && other.untilMs > untilMs,
    )
    if (known === undefined) refuse(ledger, { instanceType, scope: refused.scope, untilMs, message })
  }
  if (isFresh) countAttempt(turn, ledger, shapes.get(refused.shape), { uid: refused.uid, message })
}

/** A node that was ready before the attempt says nothing about the next one. */
function noteSuccesses(ledger: Ledger, claims: readonly ObservedClaim[]): void {
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

/** A node that was there is gone, and pods of its shape wait: they are simply placed again. */
function sayLost(turn: Turn, ledger: Ledger, shapes: ReadonlyMap<string, Shape>): void {
  for (const claim of turn.observation.goneClaims.toSorted((left, right) =>
    compareText(left.name, right.name),
  )) {
    if (!isLaunched(claim) || ledger.released.has(claim.uid) || !shapes.has(shapeOfClaim(claim))) continue
    const message = `claim ${claim.name} and its node ${claim.nodeName ?? ''} are gone; its pods are placed again`
    turn.notices.push({ type: 'Warning', reason: 'NodeLost', message, workloadUid: workloadOfClaim(claim) })
  }
}
