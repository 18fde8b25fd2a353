// Simulator: what the controllers of Kubernetes have in common: making pods from a template, and counting them.
import type { ApiServer } from '../api/api-server.ts'
import {
  controllerOf,
  formatTimestamp,
  isLeaving,
  isTrue,
  type Condition,
  type OwnerReference,
  type Pod,
  type PodTemplate,
  type Texts,
  type Workload,
} from '../api/objects.ts'

export interface PodOptions {
  readonly name: string
  readonly owner: OwnerReference
  readonly labels?: Texts
  readonly finalizers?: readonly string[]
}

export function referenceTo({ apiVersion, kind, metadata }: Workload): OwnerReference {
  const { name, uid } = metadata
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }
}

export function createPod(
  api: ApiServer,
  by: string,
  namespace: string,
  { metadata, spec }: PodTemplate,
  { name, owner, labels, finalizers = [] }: PodOptions,
): void {
  const isGated = (spec.schedulingGates ?? []).length > 0
  const time = formatTimestamp(api.world.now())
  const gated: Condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    lastTransitionTime: time,
  }
  api.create(by, 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ownerReferences: [owner],
      labels: { ...metadata.labels, ...labels },
      ...(metadata.annotations !== undefined && { annotations: metadata.annotations }),
      finalizers,
    },
    spec,
    status: { phase: 'Pending', conditions: isGated ? [gated] : [] },
  })
}

export function podsOf(api: ApiServer, uid: string): readonly Pod[] {
  return api.all('pods').filter(pod => controllerOf(pod)?.uid === uid)
}

export function hasEnded({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed'
}

export function isActive(pod: Pod): boolean {
  return !isLeaving(pod) && !hasEnded(pod)
}

export function isReadyPod(pod: Pod): boolean {
  return isActive(pod) && isTrue(pod, 'Ready')
}

/** Those that a controller deletes first: not scheduled, not running, not ready, the youngest. */
export function byExpendability(left: Pod, right: Pod): number {
  return rank(left) - rank(right) || Number(right.metadata.uid.slice(4)) - Number(left.metadata.uid.slice(4))
}

function rank(pod: Pod): number {
  if (pod.spec.nodeName === undefined) return 0
  if (pod.status.phase === 'Pending') return 1
  return isReadyPod(pod) ? 3 : 2
}
