// Simulator: the node controller, taint eviction and pod garbage collection. A kubelet that is silent for 40 s makes its
// node Unknown and tainted; 5 minutes later its pods are deleted, which nobody there carries out. Pods of a node that is no
// more are removed.
import type { ApiServer } from '../api/api-server.ts'
import {
  formatTimestamp,
  isLeaving,
  isTrue,
  withCondition,
  type Node,
  type Pod,
  type Taint,
} from '../api/objects.ts'
import { ifThere, startActor } from './actor.ts'
import { setNodeTaints } from './claim-nodes.ts'
import type { Machines } from './machines.ts'
import { hasEnded } from './pods.ts'

const BY = 'node-controller'
const SILENCE_MS = 40_000
const TOLERATED_MS = 300_000
const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const UNREACHABLE: readonly Taint[] = [
  { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
]

export function startNodeLifecycle(api: ApiServer, machines: Machines): void {
  const { world } = api
  machines.onChange((name, isAlive) => {
    world.after(isAlive ? 2000 : SILENCE_MS, () => {
      if (machines.isAlive(name) !== isAlive || api.find('nodes', { name }) === undefined) return
      setReachable(api, name, isAlive)
      if (!isAlive) world.after(TOLERATED_MS, () => evictFrom(api, machines, name))
    })
  })
  startActor(api, {
    name: BY,
    watches: ['nodes'],
    delay: { leastMs: 20, mostMs: 1000 },
    reconcile: () => {
      for (const node of api.all('nodes')) followCordon(api, node)
    },
  })
  startActor(api, {
    name: 'pod-garbage-collector',
    watches: ['nodes'],
    delay: { leastMs: 100, mostMs: 20_000 },
    reconcile: () => {
      const names = new Set(api.all('nodes').map(({ metadata }) => metadata.name))
      for (const pod of api.all('pods')) {
        const { nodeName } = pod.spec
        if (nodeName !== undefined && !names.has(nodeName)) ifThere(() => disrupt(api, pod, true))
      }
    },
  })
}

function followCordon(api: ApiServer, { metadata, spec }: Node): void {
  const { key } = UNSCHEDULABLE
  const isTainted = (spec.taints ?? []).some(taint => taint.key === key)
  if (spec.unschedulable === true && !isTainted) setNodeTaints(api, metadata.name, undefined, UNSCHEDULABLE)
  if (spec.unschedulable !== true && isTainted) setNodeTaints(api, metadata.name, key)
}

function setReachable(api: ApiServer, name: string, isReachable: boolean): void {
  const time = formatTimestamp(api.world.now())
  const ready = { type: 'Ready', status: isReachable ? 'True' : 'Unknown', reason: 'NodeStatusUnknown' }
  api.update(BY, 'nodes', { name }, node => {
    const others = (node.spec.taints ?? []).filter(({ key }) => key !== 'node.kubernetes.io/unreachable')
    return {
      ...node,
      spec: { ...node.spec, taints: isReachable ? others : [...others, ...UNREACHABLE] },
      status: { ...node.status, conditions: withCondition(node.status.conditions, ready, time) },
    }
  })
  for (const pod of api.all('pods').filter(({ spec }) => spec.nodeName === name))
    setReady(api, pod, isReachable, time)
}

function setReady(api: ApiServer, pod: Pod, isReady: boolean, time: string): void {
  if (pod.status.phase !== 'Running' || isTrue(pod, 'Ready') === isReady || isReady) return
  const ready = { type: 'Ready', status: 'False' }
  api.update(BY, 'pods', pod.metadata, current => ({
    ...current,
    status: { ...current.status, conditions: withCondition(current.status.conditions, ready, time) },
  }))
}

function evictFrom(api: ApiServer, machines: Machines, name: string): void {
  if (machines.isAlive(name)) return
  for (const pod of api.all('pods'))
    if (pod.spec.nodeName === name && !isLeaving(pod)) ifThere(() => disrupt(api, pod, false))
}

/** Marked as a disruption, so that Jobs do not count it. */
function disrupt(api: ApiServer, pod: Pod, isForced: boolean): void {
  const { metadata } = pod
  const disruption = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }
  api.update(BY, 'pods', metadata, current => ({
    ...current,
    status: {
      ...current.status,
      ...(isForced && !hasEnded(current) && { phase: 'Failed' }),
      conditions: withCondition(current.status.conditions, disruption, formatTimestamp(api.world.now())),
    },
  }))
  api.remove(BY, 'pods', metadata, isForced ? { graceSeconds: 0 } : {})
}
