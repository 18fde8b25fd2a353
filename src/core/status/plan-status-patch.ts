// Pipeline: status. Desired conditions against those on the workload → a strategic merge patch for its status, or nothing.
// Conditions are merged by type, so that those of others are never touched.
import { formatTime } from '../api/format-time.ts'
import type { JsonObject } from '../api/json.ts'
import type { ObservedCondition, ObservedWorkload } from '../workload/observed.ts'
import {
  CONDITION_TYPES,
  conditionOf,
  ownConditions,
  type ConditionType,
  type DesiredCondition,
} from './conditions.ts'

/** The time of the last write, by kind: each native condition type has another field for it, a StatefulSet's none. */
const WRITTEN_AT: Readonly<Record<string, string>> = {
  Deployment: 'lastUpdateTime',
  Job: 'lastProbeTime',
}

/**
 * Their controller drops foreign conditions with every write of its own, perhaps one that we have not seen: whatever changes,
 * all of ours are written, so that they are there together or not at all.
 */
const DROPS_CONDITIONS: ReadonlySet<string> = new Set(['StatefulSet'])

/**
 * The body for `PATCH …/status` (strategic-merge-patch); undefined: all is as it should be. Ours that are not desired are
 * taken away. `own` are those of the workload and, for missing ones, what they last were: then they come back as old as they
 * were.
 */
export function planStatusPatch(
  workload: Pick<ObservedWorkload, 'kind' | 'conditions'>,
  desired: readonly DesiredCondition[],
  nowMs: number,
  own: readonly ObservedCondition[] = ownConditions(workload),
): JsonObject | undefined {
  const entries = (evenSame: boolean): readonly JsonObject[] =>
    CONDITION_TYPES.flatMap(type => {
      const [wanted, last] = [conditionOf(desired, type), conditionOf(own, type)]
      const entry = conditionPatch(type, workload, wanted, last, nowMs, evenSame)
      return entry === undefined ? [] : [entry]
    })
  if (entries(false).length === 0) return undefined
  return { status: { conditions: entries(DROPS_CONDITIONS.has(workload.kind)) } }
}

function conditionPatch(
  type: ConditionType,
  { kind, conditions }: Pick<ObservedWorkload, 'kind' | 'conditions'>,
  desired: DesiredCondition | undefined,
  last: ObservedCondition | undefined,
  nowMs: number,
  evenSame: boolean,
): JsonObject | undefined {
  const current = conditionOf(conditions, type)
  if (desired === undefined) return current === undefined ? undefined : { $patch: 'delete', type }
  if (!evenSame && current !== undefined && isSame(current, desired)) return undefined
  const since = last?.status === desired.status ? (last.lastTransitionAtMs ?? nowMs) : nowMs
  const writtenAt = WRITTEN_AT[kind]
  const { status, reason, message } = desired
  return {
    type,
    status,
    reason,
    message,
    lastTransitionTime: formatTime(since),
    ...(writtenAt !== undefined && { [writtenAt]: formatTime(nowMs) }),
  }
}

function isSame(current: ObservedCondition, desired: DesiredCondition): boolean {
  return (
    current.status === desired.status &&
    current.reason === desired.reason &&
    current.message === desired.message
  )
}
