// Pipeline: claim. Whether pods of a shape may go to a slot at all, room aside: instance type, labels, affinity, taints.
import type { Json } from '../api/json.ts'
import type { ObservedClaim, ObservedNode } from './observation.ts'
import type { Shape } from './demand.ts'
import { labelMisfit, untoleratedTaint } from './fits.ts'
import { permitsType } from './policies.ts'
import { INSTANCE_TYPE_LABEL } from './requirements.ts'
import type { Slot } from './room.ts'
import { isDue, type Turn } from './turn.ts'

/** now: its node may be used; later: it is on its way; else why it never will do. */
export type Verdict = 'now' | 'later' | Misfit

/** Why a slot will not do. */
export interface Misfit {
  readonly misfit: string
  /** A taint: it says nothing about the next node of the kind. */
  readonly mayPass?: boolean
}

/** Whether the slot will do for pods of this shape; room is not looked at. */
export function judge(turn: Turn, shape: Shape, slot: Slot): Verdict {
  if (slot.node !== undefined) return judgeNode(turn, shape, slot, slot.node)
  if (slot.claim === undefined) return { misfit: 'it is neither a node nor a claim' }
  const misfit = slot.shape === shape.key ? undefined : claimMisfit(shape, slot.claim)
  return misfit === undefined ? 'later' : { misfit }
}

/** Instance type of a slot in lower case; of a claim under way the single one that it names. */
export function typeOfSlot(slot: Slot): string | undefined {
  const labelled = slot.node?.labels[INSTANCE_TYPE_LABEL]
  const [first, ...others] = slot.claim?.instanceTypes ?? []
  return (labelled ?? (others.length === 0 ? first : undefined))?.toLowerCase()
}

function judgeNode(turn: Turn, shape: Shape, slot: Slot, node: ObservedNode): Verdict {
  const isOwn = slot.shape === shape.key
  if (!isOwn && !hasType(turn, shape, node))
    return { misfit: 'its instance type is not among those of the plan' }
  const misfit = labelMisfit(shape.pod, node.labels, node.name)
  if (misfit !== undefined) return { misfit }
  const taint = untoleratedTaint(shape.pod.tolerations, node.taints)
  if (taint === undefined) return 'now'
  // Startup taints of a new node go by themselves (CNI, drivers); the launch budget bounds the wait for them.
  const budgetEndsMs = (slot.claim?.createdAtMs ?? 0) + turn.settings.launchBudgetMs
  if (isOwn && slot.isEmpty && !isDue(turn, budgetEndsMs)) return 'later'
  return {
    misfit: `it has the taint ${taint.key}:${taint.effect}, which the pod does not tolerate`,
    mayPass: true,
  }
}

function hasType(turn: Turn, shape: Shape, node: ObservedNode): boolean {
  const type = node.labels[INSTANCE_TYPE_LABEL]
  if (type !== undefined && shape.instanceTypes.has(type.toLowerCase())) return !isShared(node)
  if (!turn.settings.nodeSuits(node, shape.placement)) return false
  // Of a bare node the product is the name, as in sizing/node-instance-type.ts.
  return permitsType(turn, shape.workload.namespace, type ?? node.labels['nvidia.com/gpu.product'] ?? '')
}

/** Time-sliced or partitioned GPUs are counted as several: a share is not what sizing counts with (GFD's labels). */
function isShared(node: ObservedNode): boolean {
  return (
    Number(node.labels['nvidia.com/gpu.replicas'] ?? 1) > 1 ||
    /-MIG-|-SHARED$/i.test(node.labels['nvidia.com/gpu.product'] ?? '')
  )
}

/** Once the machine has been launched, the type that the provisioner has chosen: Karpenter labels the claim with it. */
function possibleTypes({ labels, instanceTypes }: ObservedClaim): readonly string[] {
  const chosen = labels[INSTANCE_TYPE_LABEL]
  return chosen === undefined ? instanceTypes : [chosen]
}

/** Another's claim: every type that it may become must do, and what the pod demands must be promised by it. */
function claimMisfit(shape: Shape, claim: ObservedClaim): string | undefined {
  if (!possibleTypes(claim).every(type => shape.instanceTypes.has(type.toLowerCase())))
    return 'it may get an instance type that is not among those of the plan'
  const promised: Record<string, string> = { ...claim.labels }
  for (const { key, operator, values } of claim.requirements) {
    const [only, ...others] = values
    if (operator === 'In' && only !== undefined && others.length === 0) promised[key] = only
  }
  const { nodeSelector, affinityTerms, tolerations } = shape.pod
  const taint = untoleratedTaint(tolerations, claim.taints)
  if (taint !== undefined) return `its node will have the taint ${taint.key}`
  return (
    labelMisfit({ nodeSelector, affinityTerms: affinityTerms.filter(isPositive) }, promised, '') ??
    (affinityTerms.length > 0 && !affinityTerms.some(isPositive) ? 'its labels are not known yet' : undefined)
  )
}

/** NotIn, DoesNotExist: of a node that is not there yet nobody knows which labels it will lack. */
function isPositive(term: Json): boolean {
  return !/"operator":"(NotIn|DoesNotExist)"/.test(JSON.stringify(term))
}
