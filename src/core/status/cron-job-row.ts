// Pipeline: status. A CronJob as `kaito-native status` shows it: it has no conditions of its own, so it is what its Jobs that run
// now are, taken together. Between two runs it lacks nothing, like a workload that is scaled to none.
import type { ObservedWorkload } from '../workload/observed.ts'
import { statusRow, type ConditionStatus, type StatusRow } from './status-row.ts'

/** The row; `jobs` are the rows of its active Jobs. */
export function cronJobRow(workload: ObservedWorkload, jobs: readonly StatusRow[]): StatusRow {
  const none = { claims: [], pods: [], nodeTypes: new Map<string, string>(), priceOf: () => undefined }
  const own = statusRow({ ...none, workload })
  const unready = jobs.find(({ reason }) => reason !== '')
  const used = unique(jobs.flatMap(({ instanceTypes }) => instanceTypes))
  const costs = jobs.flatMap(({ costPerHour }) => costPerHour ?? [])
  return {
    ...own,
    instanceTypes: used.length > 0 ? used : own.instanceTypes,
    resourceReady: together(jobs.map(({ resourceReady }) => resourceReady)),
    inferenceReady: together(jobs.map(({ inferenceReady }) => inferenceReady)),
    workspaceReady: together(jobs.map(({ workspaceReady }) => workspaceReady)),
    reason: unready?.reason ?? '',
    message: unready === undefined ? '' : `job ${unready.name}: ${unready.message}`,
    pods: {
      wanted: total(jobs.map(({ pods }) => pods.wanted)),
      ready: total(jobs.map(({ pods }) => pods.ready)),
    },
    nodes: unique(jobs.flatMap(({ nodes }) => nodes)),
    claims: jobs.flatMap(({ claims }) => claims),
    gpus: total(jobs.map(({ gpus }) => gpus)),
    ...(costs.length > 0 && costs.length === jobs.length ? { costPerHour: total(costs) } : {}),
  }
}

/** The worst of them. */
function together(statuses: readonly ConditionStatus[]): ConditionStatus {
  if (statuses.includes('False')) return 'False'
  return statuses.includes('Unknown') ? 'Unknown' : 'True'
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted()
}
