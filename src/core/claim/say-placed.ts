// Pipeline: claim. One sentence for every pod of ours that kube-scheduler has placed already, or that nobody holds back.
import { GATE_NAME } from '../template/steps/gate.ts'
import type { ObservedPod } from '../workload/observed.ts'
import { isPinned } from './demand.ts'
import type { Occupancy } from './occupancy.ts'
import { resolveWorkload } from './resolve-workload.ts'
import { sayState, type Sentence, type Turn } from './turn.ts'

/** States of the pods that the planner does not act on: those with a node, and those left to kube-scheduler. */
export function sayPlaced(turn: Turn, occupancy: Occupancy): void {
  for (const pod of turn.observation.pods) {
    if (pod.deletedAtMs !== undefined) continue
    const sentence = sentenceOf(pod, occupancy)
    if (sentence === undefined) continue
    const workload = resolveWorkload(pod, turn.observation)
    if (workload !== undefined) sayState(turn, pod, workload.uid, sentence)
  }
}

function sentenceOf(pod: ObservedPod, occupancy: Occupancy): Sentence | undefined {
  const { nodeName, unschedulable } = pod
  if (nodeName !== undefined)
    return occupancy.nodes.has(nodeName)
      ? { reason: 'NodeAssigned', message: `node ${nodeName}`, placed: true }
      : { reason: 'NodeLost', message: `its node ${nodeName} is gone; Kubernetes removes the pod` }
  if (isPinned(pod) || isOurs(pod)) return undefined
  const message =
    unschedulable === undefined ? 'left to kube-scheduler' : `kube-scheduler: ${unschedulable.message}`
  return { reason: 'WaitingForNode', message }
}

/** Gated for us, where the planner has said its own sentence. */
function isOurs(pod: ObservedPod): boolean {
  return pod.gates.includes(GATE_NAME)
}
