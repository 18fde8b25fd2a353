// Pipeline: admit. The plan on an object, read with distrust: a user may have edited it.
import type { JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { readPlan } from '../api/plan-text.ts'
import { isInsideFootprint } from '../template/footprint.ts'
import { annotationsOf, type WorkloadKind } from '../workload/workload.ts'

/** The plan; undefined where there is none, `invalid` where it is none of ours: unreadable, or it claims foreign places. */
export function recordedPlan(kind: WorkloadKind, object: JsonObject): Plan | 'invalid' | undefined {
  const plan = readPlan(annotationsOf(kind, object))
  if (plan === undefined || plan === 'invalid') return plan
  return isInsideFootprint(kind, plan.added) ? plan : 'invalid'
}
