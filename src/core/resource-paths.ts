// Where the API server serves what the shells read and write.
import type { ResourcePath } from './ports.ts'
import { POLICY_API_VERSION } from './policy/preset-policy.ts'
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

/** apps/v1: the templates that StatefulSets had. */
export const CONTROLLER_REVISIONS: ResourcePath = { base: '/apis/apps/v1', resource: 'controllerrevisions' }
/** core/v1. */
export const NAMESPACES: ResourcePath = { base: '/api/v1', resource: 'namespaces' }
/** autoscaling/v2. */
export const AUTOSCALERS: ResourcePath = {
  base: '/apis/autoscaling/v2',
  resource: 'horizontalpodautoscalers',
}
/** Ours; not served where the CRD is not installed. */
export const POLICIES: ResourcePath = { base: `/apis/${POLICY_API_VERSION}`, resource: 'presetpolicies' }

/** Workloads of this kind. */
export function workloadsPath({ group, version, resource }: WorkloadKind): ResourcePath {
  return { base: `/apis/${group}/${version}`, resource }
}
