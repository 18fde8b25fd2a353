// Pipeline: claim, projection. How many pods a Job still wants, as the Job controller counts:
// https://kubernetes.io/docs/concepts/workloads/controllers/job/#parallel-jobs
import { objectAt, type JsonObject } from '../api/json.ts'
import { integerAt, projectConditions } from './project-metadata.ts'

/** The first two end a Job; the others say that one of them is about to come (KEP-3998, KEP-3329). */
const ENDED: ReadonlySet<string> = new Set(['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget'])

/** Pods that should be running or about to: 0 for a Job that has ended or is suspended. */
export function projectWantedPods(job: JsonObject): number {
  const spec = objectAt(job, 'spec')
  if (spec['suspend'] === true || hasEnded(job)) return 0
  const parallelism = Math.max(0, integerAt(spec, 'parallelism') ?? 1)
  const completions = integerAt(spec, 'completions')
  const status = objectAt(job, 'status')
  const succeeded = Math.max(0, integerAt(status, 'succeeded') ?? 0)
  if (completions !== undefined) return Math.min(parallelism, Math.max(0, completions - succeeded))
  // A work queue: once one pod has succeeded no more are started, the rest only finish.
  return succeeded === 0 ? parallelism : Math.max(0, integerAt(status, 'active') ?? 0)
}

function hasEnded(job: JsonObject): boolean {
  return projectConditions(job).some(({ type, status }) => status === 'True' && ENDED.has(type))
}
