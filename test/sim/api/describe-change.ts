// Simulator: a change in one line, for traces.
import type { Change } from './api-server.ts'
import {
  keyOf,
  type AnyObject,
  type Claim,
  type Node,
  type Pod,
  type Policy,
  type Workload,
} from './objects.ts'

export function describeChange({ type, resource, object }: Change): string {
  const leaving = object.metadata.deletionTimestamp === undefined || type === 'DELETED' ? '' : ' leaving'
  return `${type} ${resource} ${keyOf(object)}@${object.metadata.resourceVersion}${leaving} ${detailsOf(resource, object)}`
}

function detailsOf(resource: string, object: AnyObject): string {
  if (resource === 'pods') return podDetails(object as Pod)
  if (resource === 'nodes') return nodeDetails(object as Node)
  if (resource === 'nodeclaims') return claimDetails(object as Claim)
  if (resource === 'presetpolicies') return JSON.stringify((object as Policy).status)
  if (['events', 'services', 'poddisruptionbudgets', 'controllerrevisions'].includes(resource)) return ''
  const { spec, status } = object as Workload
  return `replicas=${spec.replicas ?? spec.parallelism ?? ''} ${conditionsOf(status.conditions)}`
}

function podDetails({ spec, status }: Pod): string {
  const gates = (spec.schedulingGates ?? []).map(({ name }) => name)
  return `${status.phase} node=${spec.nodeName ?? ''} gates=${gates.join('+')} ${conditionsOf(status.conditions)}`
}

function nodeDetails({ spec, status }: Node): string {
  const taints = (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`)
  return `gpus=${status.allocatable['nvidia.com/gpu'] ?? ''} taints=${taints.join('+')} ${conditionsOf(status.conditions)}`
}

function claimDetails({ metadata, status }: Claim): string {
  const idle = metadata.annotations?.['kaito.sh/idle-since'] ?? ''
  return `type=${metadata.labels?.['node.kubernetes.io/instance-type'] ?? ''} idle=${idle} ${conditionsOf(status.conditions)}`
}

function conditionsOf(conditions: Workload['status']['conditions'] = []): string {
  return conditions.map(({ type, status }) => `${type}=${status}`).join(' ')
}
