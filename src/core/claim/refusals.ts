// Pipeline: claim. Memory of refused capacity. Karpenter deletes a claim that the provider refuses, and an Event on it is all
// that is left: a claim that vanishes before it was launched is a refusal, and its Event is the reason to show.
import { compareText } from '../api/compare-text.ts'
import { countAttempt, LONGEST_BACK_OFF_MS, noteSuccesses } from './attempts.ts'
import { idleSinceMs, isLaunched, launchWords, shapeOfClaim, workloadOfClaim } from './claim-state.ts'
import type { Shape } from './demand.ts'
import { refuse, REFUSAL_MS, type Ledger } from './ledger.ts'
import type { ObservedClaim } from './observation.ts'
import type { Memory, RefusedClaim } from './plan.ts'
import { capacityScope } from './requirements.ts'
import { isDue, type Turn } from './turn.ts'

/** Events come over another watch than the disappearance, and through the recorder's rate limit. */
const WORDS_MAY_COME_MS = 60_000
/** So long a notice waits for the provider's words. */
const PATIENCE_MS = 5000
/** So long it is remembered what was bought in vain for pods that are not there at the moment. */
const IN_VAIN_MS = 24 * 60 * 60_000

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
