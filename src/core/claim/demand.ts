// Pipeline: claim. Sorts our pods by what they wait for. Demand is pods whose last gate is ours (others, such as Kueue,
// admit first); their shape is everything that decides where they may run.
import { compareText } from '../api/compare-text.ts'
import { canonicalJson } from '../api/json.ts'
import type { ObservedPod, ObservedWorkload, PodPlacement } from '../workload/observed.ts'
import { GATE_NAME } from '../template/steps/gate.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { shapeKey } from './names.ts'
import { claimRequirements, HOSTNAME_LABEL, type Claimable, type KnownType } from './requirements.ts'
import { permittedPlacement, restrictsTypes } from './policies.ts'
import { foreignPlacement } from './template-placement.ts'
import { resolveWorkload } from './resolve-workload.ts'
import { isDue, sayOnce, sayState, type Turn } from './turn.ts'
import type { ClaimReason, Settings } from './plan.ts'

/** What equal pods of one workload have in common. */
export interface Shape {
  readonly key: string
  /** The same for equal pods of any workload that may go to the same nodes. */
  readonly needs: string
  readonly workload: ObservedWorkload
  readonly placement: PodPlacement
  /** A pod of this shape: what it demands of a node. */
  readonly pod: ObservedPod
  /** Lower case. */
  readonly instanceTypes: ReadonlySet<string>
  readonly claimable: Claimable
}

/** A pod for which a node is to be found. */
export interface DemandedPod {
  readonly pod: ObservedPod
  readonly shape: Shape
}

/** Our pods, by what is to be done with them. */
export interface SortedPods {
  readonly demanded: readonly DemandedPod[]
  /** With `provisioning: none`, gated for a quota: nothing but the gate is ours to see to. */
  readonly unclaimed: readonly OwnedPod[]
  /** Gate open, pinned by us, not scheduled yet, and its workload alive. */
  readonly pinned: readonly OwnedPod[]
  /** Pods of multi-node replicas that are not being deleted, whatever their state. */
  readonly grouped: readonly OwnedPod[]
}

/** A pod and the planned workload that its controllers lead to. */
export interface OwnedPod {
  readonly pod: ObservedPod
  readonly workload: ObservedWorkload
}

/** Says of every gated pod that is no demand why it is none. */
export function sortPods(turn: Turn): SortedPods {
  const sorted = {
    demanded: [] as DemandedPod[],
    unclaimed: [] as OwnedPod[],
    pinned: [] as OwnedPod[],
    grouped: [] as OwnedPod[],
  }
  const shapes = new Map<string, Shape>()
  for (const pod of turn.observation.pods.toSorted(byAge)) {
    if (pod.deletedAtMs !== undefined) continue
    const workload = resolveWorkload(pod, turn.observation)
    const isLive = workload?.annotated === true && workload.deletedAtMs === undefined
    if (isLive && (pod.placement?.nodesPerReplica ?? 1) > 1) sorted.grouped.push({ pod, workload })
    if (pod.nodeName !== undefined) continue
    if (!pod.gates.includes(GATE_NAME)) {
      if (isLive && isPinned(pod)) sorted.pinned.push({ pod, workload })
      continue
    }
    const placement = waitingFor(turn, pod, workload)
    if (placement === undefined || workload === undefined) continue
    if (placement.provisioning === 'none') sorted.unclaimed.push({ pod, workload })
    else sorted.demanded.push({ pod, shape: shapeOf(turn, { pod, workload }, placement, shapes) })
  }
  return sorted
}

/** The label by which an open pod is held to one node: of a claim of ours, or the name of another node. */
export function pinOf(pod: ObservedPod): { readonly key: string; readonly value: string } | undefined {
  for (const key of [CLAIM_LABEL, HOSTNAME_LABEL]) {
    const value = pod.nodeSelector[key]
    if (value !== undefined) return { key, value }
  }
  return undefined
}

/**
 * Held to its node by us. With `provisioning: none` such a selector is the user's own, and the pod that replaces an evicted
 * one has no gate: it would be evicted again, for ever.
 */
export function isPinned(pod: ObservedPod): boolean {
  return pod.placement?.provisioning !== 'none' && pinOf(pod) !== undefined
}

/** Deterministic, the oldest first. */
function byAge(left: ObservedPod, right: ObservedPod): number {
  return (
    left.createdAtMs - right.createdAtMs ||
    compareText(left.namespace, right.namespace) ||
    compareText(left.name, right.name)
  )
}

/** The placement of a gated pod that is demand; undefined: it is none, and its state says why. */
function waitingFor(
  turn: Turn,
  pod: ObservedPod,
  workload: ObservedWorkload | undefined,
): PodPlacement | undefined {
  if (workload?.deletedAtMs !== undefined || pod.phase !== 'Pending') return undefined
  const refuse = (reason: ClaimReason, message: string, isLasting = true, policy?: string) => {
    sayState(turn, pod, workload?.uid, { reason, message, ...(policy !== undefined && { policy }) })
    if (isLasting)
      sayOnce(turn, { type: 'Warning', reason, message, workloadUid: workload?.uid, podUid: pod.uid })
    return undefined
  }
  if (workload === undefined) {
    const message = 'its controllers lead to no workload with the annotation kaito.sh/preset'
    return refuse('NotPlanned', message, isOrphan(turn, pod))
  }
  if (!workload.annotated)
    return refuse(
      'NotPlanned',
      `${workload.kind} ${workload.name} has no annotation kaito.sh/preset any more`,
    )
  if (pod.placement === undefined)
    return refuse('PlacementInvalid', 'its annotation kaito.sh/placement cannot be read')
  const foreign = foreignPlacement(pod, workload, turn.observation)
  if (foreign !== undefined)
    return refuse('PlacementInvalid', foreign.message, !foreign.isPassing || isOrphan(turn, pod))
  const hold = turn.observation.holds?.get(workload.uid)
  if (hold !== undefined) return refuse(hold.reason, hold.message, hold.isProblem)
  const others = pod.gates.filter(gate => gate !== GATE_NAME)
  if (others.length > 0) return refuse('WaitingForOtherGates', `waiting for ${others.join(', ')}`, false)
  const permitted = permittedPlacement(turn, pod.namespace, pod.placement)
  if (!('reason' in permitted)) return permitted
  const { reason, message, policy } = permitted
  return refuse(reason, message, reason !== 'PolicyUnknown', policy)
}

/** The pods of a deleted workload go a moment after it, and a new workload may come to be known after its first pod. */
const ORPHAN_MS = 30_000

/** Has belonged to nothing for so long that it is no passing state. */
function isOrphan(turn: Turn, { uid }: ObservedPod): boolean {
  const sinceMs = turn.orphaned.get(uid) ?? turn.nowMs
  turn.orphans.set(uid, sinceMs)
  return isDue(turn, sinceMs + ORPHAN_MS)
}

function shapeOf(
  turn: Turn,
  { pod, workload }: OwnedPod,
  placement: PodPlacement,
  shapes: Map<string, Shape>,
): Shape {
  const { nodeSelector, affinityTerms, tolerations, requests } = pod
  const needs = canonicalJson({
    placement: { ...placement },
    nodeSelector,
    affinityTerms,
    tolerations,
    requests,
  })
  const known = shapes.get(`${workload.uid}\n${needs}`)
  if (known !== undefined) return known
  const shape = {
    key: shapeKey(workload.uid, needs),
    needs: restrictsTypes(turn, workload.namespace) ? `${workload.namespace}\n${needs}` : needs,
    workload,
    placement,
    pod,
    instanceTypes: new Set(placement.instanceTypes.map(type => type.toLowerCase())),
    claimable: claimRequirements(
      pod,
      placement.instanceTypes.map(name => knownType(name, turn.settings)),
    ),
  }
  shapes.set(`${workload.uid}\n${needs}`, shape)
  return shape
}

/** What AWS and Google call their machines with Arm processors; all others of the catalogue are amd64. */
const ARM = /^[a-z]+\d+g[a-z]*\.|^a4x-|gb[23]00/i

/** Of a type that the catalogue does not know nothing is known. */
function knownType(name: string, settings: Settings): KnownType {
  return settings.gpusOfType(name) === undefined
    ? { name }
    : { name, arch: ARM.test(name) ? 'arm64' : 'amd64' }
}
