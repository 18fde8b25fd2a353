// Shell: controller. Where the resources that it reads and writes are served.
import type { ClaimBackend } from '../core/claim/backends/backend.ts'
import type { ResourcePath } from '../core/ports.ts'

export const PODS: ResourcePath = { base: '/api/v1', resource: 'pods' }
export const NODES: ResourcePath = { base: '/api/v1', resource: 'nodes' }
export const SERVICES: ResourcePath = { base: '/api/v1', resource: 'services' }
export const EVENTS: ResourcePath = { base: '/api/v1', resource: 'events' }
export const DEPLOYMENTS: ResourcePath = { base: '/apis/apps/v1', resource: 'deployments' }
export const STATEFUL_SETS: ResourcePath = { base: '/apis/apps/v1', resource: 'statefulsets' }
export const REPLICA_SETS: ResourcePath = { base: '/apis/apps/v1', resource: 'replicasets' }
export const JOBS: ResourcePath = { base: '/apis/batch/v1', resource: 'jobs' }

/** By the kind of a planned workload. */
export const WORKLOAD_RESOURCES: Readonly<Record<string, ResourcePath>> = {
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  Job: JOBS,
}

/** Of the claims of a back-end. */
export function claimsPath({ group, version, resource }: ClaimBackend): ResourcePath {
  return { base: `/apis/${group}/${version}`, resource }
}
