// Where the API server serves what the shells read and write.
import type { ResourcePath } from './ports.ts'
import type { WorkloadKind } from './workload/workload.ts'

/** core/v1. */
export const PODS: ResourcePath = { base: '/api/v1', resource: 'pods' }
/** core/v1. */
export const NODES: ResourcePath = { base: '/api/v1', resource: 'nodes' }
/** core/v1. */
export const SERVICES: ResourcePath = { base: '/api/v1', resource: 'services' }
/** core/v1. */
export const CONFIG_MAPS: ResourcePath = { base: '/api/v1', resource: 'configmaps' }
/** core/v1, those that `kubectl describe` shows. */
export const EVENTS: ResourcePath = { base: '/api/v1', resource: 'events' }
/** apps/v1. */
export const REPLICA_SETS: ResourcePath = { base: '/apis/apps/v1', resource: 'replicasets' }

/** Workloads of this kind. */
export function workloadsPath({ group, version, resource }: WorkloadKind): ResourcePath {
  return { base: `/apis/${group}/${version}`, resource }
}
