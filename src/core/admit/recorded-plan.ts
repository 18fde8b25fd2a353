// Pipeline: admit. The plan on an object, read with distrust: a user may have edited it.
import type { InventoryNode } from '../api/inventory.ts'
import { isObject, type JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { readPlan } from '../api/plan-text.ts'
import { isInsideFootprint } from '../template/footprint.ts'
import { CRON_JOB } from '../workload/cron-job.ts'
import { JOB } from '../workload/job.ts'
import { annotationsOf, objectAtPath, type WorkloadKind } from '../workload/workload.ts'

/** The plan; undefined where there is none, `invalid` where it is none of ours: unreadable, or it claims foreign places. */
export function recordedPlan(kind: WorkloadKind, object: JsonObject): Plan | 'invalid' | undefined {
  const plan = readPlan(annotationsOf(kind, object))
  if (plan === undefined || plan === 'invalid') return plan
  const own = kind === JOB ? ofJob(plan) : plan
  return isInsideFootprint(kind, own.added) ? own : 'invalid'
}

/** A CronJob's Job brings the CronJob's plan, whose inventory begins at the CronJob's root. */
function ofJob(plan: Plan): Plan {
  const [root = '', ...rest] = CRON_JOB.specAt
  const outer = plan.added[root]
  if (!isObject(outer) || !Object.hasOwn(outer, rest[0] ?? '')) return plan
  const spec = objectAtPath(outer, rest) as InventoryNode
  return { ...plan, added: { [root]: spec } }
}
