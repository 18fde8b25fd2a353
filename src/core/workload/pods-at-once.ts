// Pipeline: workload. How many pods a workload may run at once, by what its spec says.
import type { Json, JsonObject } from '../api/json.ts'
import { objectAtPath, type WorkloadKind } from './workload.ts'

/** Replicas; of a Job `parallelism`, and never more than are to complete. 1 unless it says otherwise. */
export function podsAtOnce(kind: WorkloadKind, object: JsonObject): number {
  const spec = objectAtPath(object, kind.specAt)
  if (!kind.runsToCompletion) return countOf(spec['replicas']) ?? 1
  const parallelism = countOf(spec['parallelism']) ?? 1
  return Math.min(parallelism, countOf(spec['completions']) ?? parallelism)
}

function countOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
