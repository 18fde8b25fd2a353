// Simulator: kube-scheduler's filters (node selector, taints, resources) for every pod without gates and without a node.
import { readResources, type Resources } from '../../../src/core/api/resources.ts'
import { tolerates } from '../../../src/core/claim/fits.ts'
import type { ApiServer } from '../api/api-server.ts'
import {
  formatTimestamp,
  isLeaving,
  isTrue,
  withCondition,
  type Node,
  type Pod,
  type Texts,
} from '../api/objects.ts'
import { startActor } from './actor.ts'
import { hasEnded } from './pods.ts'

const BY = 'kube-scheduler'

export function startScheduler(api: ApiServer): void {
  startActor(api, {
    name: BY,
    watches: ['pods', 'nodes'],
    delay: { leastMs: 5, mostMs: 200 },
    reconcile: () => {
      for (const pod of api.all('pods')) if (isWaiting(pod)) schedule(api, pod)
    },
  })
}

function isWaiting(pod: Pod): boolean {
  return (
    pod.spec.nodeName === undefined &&
    (pod.spec.schedulingGates ?? []).length === 0 &&
    !isLeaving(pod) &&
    pod.status.phase === 'Pending'
  )
}

function schedule(api: ApiServer, pod: Pod): void {
  const node = api.all('nodes').find(candidate => admits(api, candidate, pod))
  const time = formatTimestamp(api.world.now())
  if (node === undefined) return sayUnschedulable(api, pod, time)
  const scheduled = { type: 'PodScheduled', status: 'True' }
  api.update(BY, 'pods', pod.metadata, current => ({
    ...current,
    spec: { ...current.spec, nodeName: node.metadata.name },
    status: { ...current.status, conditions: withCondition(current.status.conditions, scheduled, time) },
  }))
}

function sayUnschedulable(api: ApiServer, pod: Pod, time: string): void {
  const known = pod.status.conditions?.find(({ type }) => type === 'PodScheduled')
  if (known?.reason === 'Unschedulable') return
  const message = `0/${api.all('nodes').length} nodes are available`
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }
  api.update(BY, 'pods', pod.metadata, current => ({
    ...current,
    status: { ...current.status, conditions: withCondition(current.status.conditions, condition, time) },
  }))
}

function admits(api: ApiServer, node: Node, pod: Pod): boolean {
  const { nodeSelector = {} } = pod.spec
  return (
    isTrue(node, 'Ready') &&
    node.spec.unschedulable !== true &&
    Object.entries(nodeSelector).every(([key, value]) => node.metadata.labels?.[key] === value) &&
    toleratesAll(pod, node) &&
    fits(requestsOf(pod), freeOn(api, node))
  )
}

function toleratesAll({ spec }: Pod, node: Node): boolean {
  return (node.spec.taints ?? []).every(
    taint =>
      taint.effect === 'PreferNoSchedule' ||
      (spec.tolerations ?? []).some(one => tolerates({ ...one }, taint)),
  )
}

/** What the pod takes, itself as one of the node's pods included. */
export function requestsOf({ spec }: Pod): Resources {
  const total: Record<string, number> = { pods: 1 }
  for (const { resources } of spec.containers)
    for (const [name, amount] of Object.entries(
      asResources({ ...resources?.limits, ...resources?.requests }),
    ))
      total[name] = (total[name] ?? 0) + amount
  return total
}

const read = new WeakMap<Texts, Resources>()

export function asResources(texts: Texts): Resources {
  const known = read.get(texts) ?? readResources(texts)
  read.set(texts, known)
  return known
}

/** Pods that have not ended count, those that are leaving too. */
export function freeOn(api: ApiServer, { metadata, status }: Node): Resources {
  const free: Record<string, number> = { ...asResources(status.allocatable) }
  for (const pod of api.all('pods')) {
    if (pod.spec.nodeName !== metadata.name || hasEnded(pod)) continue
    for (const [name, amount] of Object.entries(requestsOf(pod))) free[name] = (free[name] ?? 0) - amount
  }
  return free
}

export function fits(wanted: Resources, free: Resources): boolean {
  return Object.entries(wanted).every(([name, amount]) => amount <= 0 || amount <= (free[name] ?? 0))
}

/** GPUs of a pod. */
export function gpusOf(pod: Pod): number {
  return requestsOf(pod)['nvidia.com/gpu'] ?? 0
}
