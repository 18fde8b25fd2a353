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
import { preempt, priorityOf } from './preemption.ts'

const BY = 'kube-scheduler'
const STALL_RATE = 0.03

/** `stalls`: now and then it stands still for a while, as one does that hands over to its standby. */
export function startScheduler(api: ApiServer, stalls: () => boolean = () => false): void {
  const random = api.world.random('scheduler stalls')
  let stallsUntilMs = 0
  const look = startActor(api, {
    name: BY,
    watches: ['pods', 'nodes'],
    delay: { leastMs: 5, mostMs: 200 },
    reconcile: () => {
      const { world } = api
      if (world.now() < stallsUntilMs) return
      if (stalls() && random.chance(STALL_RATE)) {
        const forMs = random.between(1000, 20_000)
        stallsUntilMs = world.now() + forMs
        return world.after(forMs, look)
      }
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
  if (node === undefined) {
    sayUnschedulable(api, pod, time)
    if (priorityOf(pod) > 0) makeRoom(api, pod)
    return
  }
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

/** By preemption, on a node that would take it but for others. */
function makeRoom(api: ApiServer, pod: Pod): void {
  const nodes = api.all('nodes').filter(node => suits(node, pod))
  preempt(api, pod, nodes, (node, victims) => fits(requestsOf(pod), freeOn(api, node, victims)))
}

function admits(api: ApiServer, node: Node, pod: Pod): boolean {
  return suits(node, pod) && fits(requestsOf(pod), freeOn(api, node, [], pod))
}

function suits(node: Node, pod: Pod): boolean {
  const { nodeSelector = {} } = pod.spec
  return (
    isTrue(node, 'Ready') &&
    node.spec.unschedulable !== true &&
    Object.entries(nodeSelector).every(([key, value]) => node.metadata.labels?.[key] === value) &&
    toleratesAll(pod, node)
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

/**
 * Pods that have not ended count, those that are leaving too, but for those that are `gone`; for `asker` also what is
 * nominated for the node with a higher priority than its own.
 */
export function freeOn(
  api: ApiServer,
  { metadata, status }: Node,
  gone: readonly Pod[] = [],
  asker?: Pod,
): Resources {
  const free: Record<string, number> = { ...asResources(status.allocatable) }
  for (const pod of api.all('pods')) {
    const isThere = pod.spec.nodeName === metadata.name
    if ((!isThere && !isAwaited(pod, metadata.name, asker)) || hasEnded(pod) || gone.includes(pod)) continue
    for (const [name, amount] of Object.entries(requestsOf(pod))) free[name] = (free[name] ?? 0) - amount
  }
  return free
}

function isAwaited(pod: Pod, nodeName: string, asker: Pod | undefined): boolean {
  if (asker === undefined || pod.status.nominatedNodeName !== nodeName) return false
  return pod.spec.nodeName === undefined && priorityOf(pod) > priorityOf(asker)
}

export function fits(wanted: Resources, free: Resources): boolean {
  return Object.entries(wanted).every(([name, amount]) => amount <= 0 || amount <= (free[name] ?? 0))
}

/** GPUs of a pod. */
export function gpusOf(pod: Pod): number {
  return requestsOf(pod)['nvidia.com/gpu'] ?? 0
}
