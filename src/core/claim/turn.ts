// Pipeline: claim. One turn of the planner: what it is given and what it has decided so far. Lives for one call only.
import type { ObservedPod } from '../workload/observed.ts'
import type { Observation } from './observation.ts'
import type { Action, ClaimReason, Memory, Notice, PodState, Settings } from './plan.ts'

/** Given and decided; parts of the planner add to its lists. */
export interface Turn {
  readonly observation: Observation
  readonly settings: Settings
  readonly nowMs: number
  readonly actions: Action[]
  readonly states: PodState[]
  readonly notices: Notice[]
  /** Keys of lasting notices: given before, and found again in this turn. */
  readonly said: ReadonlySet<string>
  readonly standing: Set<string>
  /** Pods without a workload: known before, and found again in this turn. */
  readonly orphaned: ReadonlyMap<string, number>
  readonly orphans: Map<string, number>
  wakeAtMs: number | undefined
}

/** Nothing is decided yet. */
export function createTurn(
  observation: Observation,
  memory: Memory,
  settings: Settings,
  nowMs: number,
): Turn {
  const standing = new Set<string>()
  return {
    observation,
    settings,
    nowMs,
    said: memory.standing,
    standing,
    orphaned: memory.orphans,
    orphans: new Map(),
    actions: [],
    states: [],
    notices: [],
    wakeAtMs: undefined,
  }
}

/** True when the time has come; else the plan is asked for again then. */
export function isDue(turn: Turn, atMs: number): boolean {
  if (atMs <= turn.nowMs) return true
  turn.wakeAtMs = Math.min(turn.wakeAtMs ?? atMs, atMs)
  return false
}

/** What is said of one pod. */
export interface Sentence {
  readonly reason: ClaimReason
  readonly message: string
  readonly instanceTypes?: readonly string[]
  readonly placed?: boolean
  /** Name of the policy that holds the pod. */
  readonly policy?: string
}

/** Why the pod has no node yet, or which one it has. */
export function sayState(
  turn: Turn,
  pod: ObservedPod,
  workloadUid: string | undefined,
  sentence: Sentence,
): void {
  const { reason, message, instanceTypes = [], placed = false, policy } = sentence
  turn.states.push({
    podUid: pod.uid,
    workloadUid,
    placed,
    reason,
    message,
    instanceTypes,
    ...(policy !== undefined && { policy }),
  })
}

/** A notice about something that lasts: said once, and again only after it had ended. */
export function sayOnce(turn: Turn, notice: Notice): void {
  const key = [notice.workloadUid ?? notice.podUid ?? '', notice.reason, notice.message].join('\n')
  if (!turn.said.has(key) && !turn.standing.has(key)) turn.notices.push(notice)
  turn.standing.add(key)
}
