// Pipeline: claim. Replicas of several nodes (StatefulSet): all pods get a node, each its own, all of one instance type, or
// none does. They are let go together, because the first would only wait for the last.
import { pinOf, type DemandedPod, type OwnedPod, type Shape } from './demand.ts'
import type { Assignment } from './assign.ts'
import type { Claims } from './new-claims.ts'
import type { ObservedPod } from '../workload/observed.ts'
import type { ObservedNode } from './observation.ts'
import type { Occupancy } from './occupancy.ts'
import { refusalOf, type Ledger } from './ledger.ts'
import { INSTANCE_TYPE_LABEL } from './requirements.ts'
import { holds, take, type Room, type Slot } from './room.ts'
import { sayObstacle } from './say-obstacle.ts'
import { judge, typeOfSlot } from './suits.ts'
import { sayOnce, sayState, type Sentence, type Turn } from './turn.ts'
import type { IsReserved } from './assign.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'

/** What groups are planned with. */
export interface GroupPlanning {
  readonly turn: Turn
  readonly room: Room
  readonly occupancy: Occupancy
  readonly ledger: Ledger
  readonly claims: Claims
  readonly isReserved: IsReserved
}

/** The outcome for one group. */
export interface GroupPlan {
  /** All of them may be let go, or all of them wait. */
  readonly assignments: readonly Assignment[]
  /** Made for an instance type that the group has given up. */
  readonly superseded: readonly Slot[]
}

const NOTHING: GroupPlan = { assignments: [], superseded: [] }

/** Plans the demanded pods of one workload; `members` are all its pods that are not being deleted. */
export function planGroup(
  planning: GroupPlanning,
  demanded: readonly DemandedPod[],
  members: readonly OwnedPod[],
): GroupPlan {
  const [first] = demanded
  if (first === undefined) return NOTHING
  const { shape } = first
  const { nodesPerReplica } = shape.placement
  const others = members.filter(({ pod }) => !demanded.some(({ pod: { uid } }) => uid === pod.uid))
  const missing = nodesPerReplica - demanded.length - others.filter(hasPlace).length
  if (missing > 0 || demanded.some(one => one.shape !== shape))
    return waits(
      planning.turn,
      demanded,
      `${missing > 0 ? missing : 'some'} of ${nodesPerReplica} pods are not waiting for a node yet`,
    )
  const taken = othersNodes(planning, others)
  const choice = chooseType(planning, shape, demanded.length, taken)
  if (choice === undefined) return refused(planning, shape, demanded)
  return settle(planning, shape, demanded, choice)
}

interface Choice {
  readonly instanceType: string
  readonly ready: readonly Slot[]
  readonly underWay: readonly Slot[]
}

/** A pod that has a node or a pin on one. */
function hasPlace({ pod }: OwnedPod): boolean {
  return pod.nodeName !== undefined || pod.gates.length === 0
}

interface Taken {
  readonly names: ReadonlySet<string>
  readonly instanceType: string | undefined
}

/** Nodes of the members that are placed already: theirs is the instance type, and no other pod goes there. */
function othersNodes({ occupancy }: GroupPlanning, others: readonly OwnedPod[]): Taken {
  const nodes = others.map(({ pod }) =>
    pod.nodeName === undefined ? pinnedNode(pod, occupancy) : occupancy.nodes.get(pod.nodeName),
  )
  const present = nodes.filter(node => node !== undefined)
  const type = present.map(node => node.labels[INSTANCE_TYPE_LABEL]).find(label => label !== undefined)
  return { names: new Set(present.map(({ name }) => name)), instanceType: type?.toLowerCase() }
}

function pinnedNode(pod: ObservedPod, occupancy: Occupancy): ObservedNode | undefined {
  const pin = pinOf(pod)
  if (pin?.key !== CLAIM_LABEL) return occupancy.nodesByHostname.get(pin?.value ?? '')
  const claim = occupancy.claims.get(pin.value)
  return claim === undefined ? undefined : occupancy.nodeOf(claim)
}

/**
 * The type of members that are placed; else one of which enough nodes are ready; else, of those that are not refused and of
 * which policies allow as many nodes as are missing, the one for which most claims are under way already; else the first.
 */
function chooseType(planning: GroupPlanning, shape: Shape, wanted: number, taken: Taken): Choice | undefined {
  const { turn, room, ledger, claims, isReserved } = planning
  const usable = room.slots.filter(
    slot =>
      holds(slot, shape.pod.requests) &&
      !isReserved(slot, shape) &&
      !(slot.node !== undefined && taken.names.has(slot.node.name)),
  )
  const isOwn = (slot: Slot) => slot.shape === shape.key
  const ready = usable.filter(slot => judge(turn, shape, slot) === 'now')
  const underWay = usable.filter(slot => isOwn(slot) && judge(turn, shape, slot) === 'later')
  const choices = candidateTypes(shape, ready, taken).map((instanceType): Choice => ({
    instanceType,
    ready: ofType(ready, instanceType).toSorted((left, right) => Number(isOwn(right)) - Number(isOwn(left))),
    underWay: ofType(underWay, instanceType),
  }))
  const own = (choice: Choice) => choice.ready.filter(isOwn).length + choice.underWay.length
  const canHave = (choice: Choice) => !('reason' in affordableTypes(claims, shape, choice, wanted))
  const offer = claims.offer(shape)
  const offered = new Set(offer.ok ? offer.instanceTypes.map(type => type.toLowerCase()) : [])
  const possible = choices.filter(choice => {
    const found = choice.ready.length + choice.underWay.length
    if (choice.ready.length >= wanted) return true
    if (refusalOf(ledger, choice.instanceType, shape) !== undefined) return false
    return found >= wanted || offered.has(choice.instanceType)
  })
  return possible.toSorted(
    (left, right) =>
      Number(right.ready.length >= wanted) - Number(left.ready.length >= wanted) ||
      Number(canHave(right)) - Number(canHave(left)) ||
      own(right) - own(left),
  )[0]
}

/** Its type, where nothing is missing or policies allow the nodes that are; or why they do not. */
function affordableTypes(
  claims: Claims,
  shape: Shape,
  { instanceType, ready, underWay }: Choice,
  wanted: number,
): readonly string[] | Sentence {
  const missing = wanted - ready.length - underWay.length
  const types = [writtenType(shape, instanceType)]
  return missing <= 0 ? types : claims.affordable(shape, types, missing)
}

/** The type as the placement writes it. */
function writtenType({ claimable }: Shape, instanceType: string): string {
  const types = claimable.ok ? claimable.instanceTypes : []
  return types.find(type => type.toLowerCase() === instanceType) ?? instanceType
}

function candidateTypes(shape: Shape, ready: readonly Slot[], taken: Taken): readonly string[] {
  if (taken.instanceType !== undefined) return [taken.instanceType]
  const present = ready.map(typeOfSlot).filter(type => type !== undefined)
  return [...new Set([...shape.instanceTypes, ...present.toSorted()])]
}

function ofType(slots: readonly Slot[], instanceType: string): readonly Slot[] {
  return slots.filter(slot => typeOfSlot(slot) === instanceType)
}

function settle(
  planning: GroupPlanning,
  shape: Shape,
  demanded: readonly DemandedPod[],
  choice: Choice,
): GroupPlan {
  const { instanceType, ready, underWay } = choice
  const slots = [...ready, ...underWay].slice(0, demanded.length)
  const allowed = affordableTypes(planning.claims, shape, choice, demanded.length)
  if ('reason' in allowed) {
    const { reason, message } = allowed
    for (const { pod } of demanded) sayState(planning.turn, pod, shape.workload.uid, allowed)
    sayOnce(planning.turn, { type: 'Warning', reason, message, workloadUid: shape.workload.uid })
    return NOTHING
  }
  const isComplete = ready.length >= demanded.length
  const assignments = slots.flatMap((slot, index) => {
    const pod = demanded[index]
    return pod === undefined ? [] : [assign(slot, pod, isComplete)]
  })
  const written = writtenType(shape, instanceType)
  for (const pod of demanded.slice(slots.length)) {
    const claim = planning.claims.create(shape, [pod], [written])
    const message = `waiting for claim ${claim?.name ?? ''} (${written})`
    sayState(planning.turn, pod.pod, shape.workload.uid, {
      reason: 'WaitingForNode',
      message,
      instanceTypes: [written],
    })
  }
  return { assignments, superseded: supersededSlots(planning.room, shape, slots, instanceType) }
}

function assign(slot: Slot, demanded: DemandedPod, isNow: boolean): Assignment {
  take(slot, demanded.pod.requests)
  return { demanded, slot, isNow }
}

function supersededSlots(
  room: Room,
  shape: Shape,
  chosen: readonly Slot[],
  instanceType: string,
): readonly Slot[] {
  return (room.ofShape.get(shape.key) ?? []).filter(
    slot => slot.isEmpty && slot.taken === 0 && !chosen.includes(slot) && typeOfSlot(slot) !== instanceType,
  )
}

function refused({ turn, claims }: GroupPlanning, shape: Shape, demanded: readonly DemandedPod[]): GroupPlan {
  const offer = claims.offer(shape)
  if (offer.ok)
    return waits(turn, demanded, 'no further node of the type of the pods that are placed can be had now')
  sayObstacle(turn, demanded, offer.sentence)
  return NOTHING
}

function waits(turn: Turn, demanded: readonly DemandedPod[], message: string): GroupPlan {
  for (const { pod, shape } of demanded)
    sayState(turn, pod, shape.workload.uid, { reason: 'WaitingForGroup', message })
  return NOTHING
}
