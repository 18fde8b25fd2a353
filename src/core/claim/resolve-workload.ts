// Pipeline: claim. Pod → ReplicaSet → Deployment, or straight to the StatefulSet or Job. Only controller references
// count, so that a loose pod that merely looks like one of ours gets no node.
import type { ControllerReference, ObservedPod, ObservedWorkload } from '../workload/observed.ts'
import type { Observation } from './observation.ts'

/** Group and kind: workloads that own their pods themselves, and the one that owns them through another kind. */
const DIRECT: ReadonlySet<string> = new Set(['apps/StatefulSet', 'batch/Job'])
const THROUGH = 'apps/ReplicaSet'
const ABOVE = 'apps/Deployment'

type Owners = Pick<Observation, 'workloads' | 'replicaSets'>

/** The planned workload that a pod belongs to; undefined where its chain of controllers leads to none. */
export function resolveWorkload(pod: ObservedPod, owners: Owners): ObservedWorkload | undefined {
  const { controller } = pod
  if (controller === undefined) return undefined
  if (DIRECT.has(groupKind(controller))) return planned(controller, pod.namespace, owners)
  if (groupKind(controller) !== THROUGH) return undefined
  const above = owners.replicaSets.get(controller.uid)?.controller
  return above === undefined || groupKind(above) !== ABOVE ? undefined : planned(above, pod.namespace, owners)
}

function planned(
  reference: ControllerReference,
  namespace: string,
  owners: Owners,
): ObservedWorkload | undefined {
  const workload = owners.workloads.get(reference.uid)
  return workload?.kind === reference.kind && workload.namespace === namespace ? workload : undefined
}

function groupKind(reference: ControllerReference): string {
  return `${reference.apiVersion.split('/')[0] ?? ''}/${reference.kind}`
}
