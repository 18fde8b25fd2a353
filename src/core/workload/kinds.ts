// Pipeline: workload. The registry of kinds: the webhooks' rules, the CLI and the documentation follow from it.
import { stringAt, type JsonObject } from '../api/json.ts'
import { CRON_JOB } from './cron-job.ts'
import { DEPLOYMENT } from './deployment.ts'
import { JOB } from './job.ts'
import { STATEFUL_SET } from './stateful-set.ts'
import type { WorkloadKind } from './workload.ts'

export const WORKLOAD_KINDS: readonly WorkloadKind[] = [DEPLOYMENT, STATEFUL_SET, JOB, CRON_JOB]

const BY_API_VERSION_AND_KIND = new Map<string, WorkloadKind>(
  WORKLOAD_KINDS.map(kind => [`${kind.group}/${kind.version} ${kind.kind}`, kind] as const),
)

/** The kind of a raw object; undefined where kaito-native does not know it. */
export function workloadKindOf(object: JsonObject): WorkloadKind | undefined {
  return BY_API_VERSION_AND_KIND.get(
    `${stringAt(object, 'apiVersion') ?? ''} ${stringAt(object, 'kind') ?? ''}`,
  )
}
