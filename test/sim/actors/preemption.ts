// Simulator: kube-scheduler's preemption in small: for a pod of higher priority it deletes as many pods of lower priority on
// one node as must go, and names that node in the pod's status; whoever comes in between finds it taken.
// https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
import type { ApiServer } from '../api/api-server.ts'
import { formatTimestamp, isLeaving, withCondition, type Node, type Pod } from '../api/objects.ts'
import { isActive } from './pods.ts'

const BY = 'kube-scheduler'
/** Of the class system-cluster-critical, the only one that the simulator has. */
const CRITICAL = 2_000_000_000

export function priorityOf({ spec }: Pod): number {
  return spec.priorityClassName === 'system-cluster-critical' ? CRITICAL : 0
}

/** Clears one of these nodes for the pod, if that can be done; `fitsWithout` says whether it fits once these are gone. */
export function preempt(
  api: ApiServer,
  pod: Pod,
  nodes: readonly Node[],
  fitsWithout: (node: Node, victims: readonly Pod[]) => boolean,
): void {
  const nominated = nodes.find(({ metadata }) => metadata.name === pod.status.nominatedNodeName)
  // What was displaced is still on its way out.
  if (nominated !== undefined && lesserOn(api, nominated, pod).some(isLeaving)) return
  for (const node of nodes) {
    const victims: Pod[] = []
    for (const lesser of lesserOn(api, node, pod)) {
      if (fitsWithout(node, victims)) break
      victims.push(lesser)
    }
    if (victims.length === 0 || !fitsWithout(node, victims)) continue
    const { name } = node.metadata
    api.update(BY, 'pods', pod.metadata, current => ({
      ...current,
      status: { ...current.status, nominatedNodeName: name },
    }))
    for (const victim of victims) displace(api, victim)
    return
  }
}

function lesserOn(api: ApiServer, { metadata }: Node, pod: Pod): readonly Pod[] {
  return api
    .all('pods')
    .filter(other => other.spec.nodeName === metadata.name && priorityOf(other) < priorityOf(pod))
    .filter(other => isActive(other) || isLeaving(other))
}

function displace(api: ApiServer, { metadata }: Pod): void {
  const disruption = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }
  const time = formatTimestamp(api.world.now())
  api.update(BY, 'pods', metadata, current => ({
    ...current,
    status: { ...current.status, conditions: withCondition(current.status.conditions, disruption, time) },
  }))
  api.remove(BY, 'pods', metadata)
}
