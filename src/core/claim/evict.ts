// Pipeline: claim. Pods that we have pinned and that kube-scheduler has not placed: where the node is lost or full, the pod is
// evicted, so that its owner makes a new, gated one. A pod that has a node is never evicted here.
import { lackingResources, subtractResources } from '../api/resources.ts'
import type { ObservedPod } from '../workload/observed.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { pinOf, type OwnedPod } from './demand.ts'
import { resourceWords } from './exclusive.ts'
import { untoleratedTaint } from './fits.ts'
import type { ObservedNode } from './observation.ts'
import type { Occupancy } from './occupancy.ts'
import type { ClaimReason } from './plan.ts'
import { NODE_LOST_MS } from './room.ts'
import { isDue, sayState, type Turn } from './turn.ts'

/** kube-scheduler's caches lag behind its own bindings for moments; what lasts longer is true. */
const FULL_MS = 10_000
/** A cordon or a new taint may be short-lived. */
const CLOSED_MS = 30_000

interface Cause {
  readonly reason: ClaimReason
  readonly message: string
}

/** Plans evictions of pods whose pin leads nowhere, and says of the others where they are pinned. */
export function planEvictions(turn: Turn, pinned: readonly OwnedPod[], occupancy: Occupancy): void {
  for (const { pod, workload } of pinned) {
    const cause = lost(turn, pod, occupancy)
    if (cause === undefined) {
      sayPinned(turn, pod, workload.uid)
      continue
    }
    turn.actions.push({ type: 'evict-pod', pod, workloadUid: workload.uid, ...cause })
    sayState(turn, pod, workload.uid, cause)
  }
}

function lost(turn: Turn, pod: ObservedPod, occupancy: Occupancy): Cause | undefined {
  const found = findNode(pod, occupancy)
  if ('gone' in found) return { reason: 'NodeLost', message: `${found.gone} is gone before the pod started` }
  const { node } = found
  if (!node.ready)
    return isDue(turn, (node.notReadySinceMs ?? node.createdAtMs) + NODE_LOST_MS)
      ? { reason: 'NodeLost', message: `node ${node.name} is not ready` }
      : undefined
  const sinceMs = pod.unschedulable?.sinceMs
  if (sinceMs === undefined) return undefined
  if (pod.isNominated === true) return undefined
  const rest = subtractResources(node.allocatable, occupancy.bound.get(node.name) ?? {})
  const lacking = lackingResources(pod.requests, rest)
  if (lacking.length > 0 && isDue(turn, sinceMs + FULL_MS))
    return {
      reason: 'NodeFull',
      message: `node ${node.name} has not enough ${lacking.map(resourceWords).join(', ')} any more`,
    }
  const closed = node.cordoned || untoleratedTaint(pod.tolerations, node.taints) !== undefined
  return closed && isDue(turn, sinceMs + CLOSED_MS)
    ? { reason: 'NodeLost', message: `node ${node.name} takes no new pods (cordoned or tainted)` }
    : undefined
}

function findNode(
  pod: ObservedPod,
  occupancy: Occupancy,
): { readonly node: ObservedNode } | { readonly gone: string } {
  const pin = pinOf(pod)
  const claim = pin?.key === CLAIM_LABEL ? occupancy.claims.get(pin.value) : undefined
  const isClaim = pin?.key === CLAIM_LABEL
  if (isClaim && (claim === undefined || claim.deletedAtMs !== undefined))
    return { gone: `claim ${pin.value}` }
  const node = claim === undefined ? occupancy.nodesByHostname.get(pin?.value ?? '') : occupancy.nodeOf(claim)
  return node === undefined || node.deletedAtMs !== undefined
    ? { gone: `node of ${pin?.value ?? ''}` }
    : { node }
}

/** What kube-scheduler says counts more than our pin. */
function sayPinned(turn: Turn, pod: ObservedPod, workloadUid: string): void {
  const { unschedulable } = pod
  const value = pinOf(pod)?.value ?? ''
  if (unschedulable !== undefined && isDue(turn, unschedulable.sinceMs + FULL_MS))
    sayState(turn, pod, workloadUid, {
      reason: 'WaitingForNode',
      message: `kube-scheduler: ${unschedulable.message}`,
    })
  else
    sayState(turn, pod, workloadUid, { reason: 'NodeAssigned', message: `pinned to ${value}`, placed: true })
}
