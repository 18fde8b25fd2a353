// Pipeline: cli. What was read of the cluster → rows of `status`, sorted.
import { compareText } from '../core/api/compare-text.ts'
import { WORKLOAD_UID_LABEL } from '../core/claim/backends/claim-keys.ts'
import type { ObservedClaim } from '../core/claim/observation.ts'
import { INSTANCE_TYPE_LABEL } from '../core/claim/requirements.ts'
import type { InstanceType } from '../core/preset/catalogue.ts'
import { cronJobRow } from '../core/status/cron-job-row.ts'
import { statusRow, type ClaimRow, type StatusRow } from '../core/status/status-row.ts'
import type { ObservedPod, ObservedWorkload } from '../core/workload/observed.ts'
import type { ObservedCronJob, StatusPicture } from '../kube/status-reader.ts'
import type { Target } from './target.ts'

/** One for each planned workload, or for those that `target` names. */
export function statusRows(
  picture: StatusPicture,
  instanceTypes: readonly InstanceType[],
  target?: Target,
): readonly StatusRow[] {
  const prices = new Map(instanceTypes.map(({ name, pricePerHour }) => [name.toLowerCase(), pricePerHour]))
  const { workloads, cronJobs, pods, claims, nodeTypes } = picture
  const rowOf = (workload: ObservedWorkload): StatusRow => {
    const own = pods.get(workload.uid) ?? []
    return statusRow({
      workload,
      pods: own,
      claims: claims.filter(claim => isFor(claim, workload.uid, own)).map(claimRow),
      nodeTypes,
      priceOf: type => prices.get(type.toLowerCase()),
    })
  }
  const cronRowOf = ({ workload, activeJobs }: ObservedCronJob): StatusRow =>
    cronJobRow(workload, workloads.filter(({ uid }) => activeJobs.has(uid)).map(rowOf))
  return [...workloads.map(rowOf), ...cronJobs.map(cronRowOf)]
    .filter(({ kind, name }) => isNamed(target, kind, name))
    .toSorted((a, b) => compareText(keyOf(a), keyOf(b)))
}

/** Tells the rows of different workloads apart. */
export function keyOf({ namespace, name, kind }: StatusRow): string {
  return `${namespace}/${name}/${kind}`
}

function isNamed(target: Target | undefined, kind: string, name: string): boolean {
  return target === undefined || (target.name === name && (target.kind ?? kind) === kind)
}

/** A node outlives the workload that it was claimed for, and then serves another. */
function isFor(claim: ObservedClaim, workloadUid: string, pods: readonly ObservedPod[]): boolean {
  if (claim.labels[WORKLOAD_UID_LABEL] === workloadUid) return true
  return claim.nodeName !== undefined && pods.some(({ nodeName }) => nodeName === claim.nodeName)
}

function claimRow({ name, labels, instanceTypes, nodeName }: ObservedClaim): ClaimRow {
  const instanceType =
    labels[INSTANCE_TYPE_LABEL] ?? (instanceTypes.length === 1 ? instanceTypes[0] : undefined)
  return {
    name,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(nodeName === undefined ? {} : { nodeName }),
  }
}
