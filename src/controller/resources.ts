// Shell: controller. Where the resources are served that depend on the cluster or on the kind of a workload.
import type { ClaimBackend } from '../core/claim/backends/backend.ts'
import type { ResourcePath } from '../core/ports.ts'
import { workloadsPath } from '../core/resource-paths.ts'
import { DEPLOYMENT } from '../core/workload/deployment.ts'
import { JOB } from '../core/workload/job.ts'
import { STATEFUL_SET } from '../core/workload/stateful-set.ts'

/** By the kind of a planned workload. */
export const WORKLOAD_RESOURCES: Readonly<Record<string, ResourcePath>> = {
  Deployment: workloadsPath(DEPLOYMENT),
  StatefulSet: workloadsPath(STATEFUL_SET),
  Job: workloadsPath(JOB),
}

/** Of the claims of a back-end. */
export function claimsPath({ group, version, resource }: ClaimBackend): ResourcePath {
  return { base: `/apis/${group}/${version}`, resource }
}
