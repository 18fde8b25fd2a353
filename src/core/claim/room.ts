// Pipeline: claim. The room that there is: free resources of every node that may be used and of every claim under way, as
// kube-scheduler counts them. Only this turn changes the numbers, and only downwards, so room is never sold twice.
import { compareText } from '../api/compare-text.ts'
import { GPU, isExclusive, type Resources } from '../api/resources.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { isReady, shapeOfClaim, workloadOfClaim } from './claim-state.ts'
import type { ObservedClaim, ObservedNode } from './observation.ts'
import { addAmounts, pinText, type Amounts, type Occupancy } from './occupancy.ts'
import { HOSTNAME_LABEL } from './requirements.ts'
import { isDue, type Turn } from './turn.ts'

/** A node that has not been Ready for so long is lost to pods that have not started: kubelets restart within seconds. */
export const NODE_LOST_MS = 30_000

/** A node that may be used, or a claim that is on its way to one (or back, and may stay yet). */
export interface Slot {
  readonly name: string
  readonly node: ObservedNode | undefined
  readonly claim: ObservedClaim | undefined
  readonly isReady: boolean
  /** Shape and workload that its claim was made for. */
  readonly shape: string | undefined
  readonly workloadUid: string | undefined
  /** Of a claim under way only what is known of it: GPUs, and everything once it has been launched. */
  readonly free: Amounts
  readonly freeGpus: number
  /** Its room counts that of pods which are on their way out: good for waiting, not for going there now. */
  readonly isBeingLeft: boolean
  /** Nothing is on it, and nothing has been pinned to it. */
  readonly isEmpty: boolean
  /** Pods assigned in this turn. */
  taken: number
  /** GPUs of the pods that a claim under way was made for, while they are not there yet; Infinity: it does not say. */
  askedGpus: number
}

/** All slots, and the ways in which they are looked for. */
export interface Room {
  /** Best fit first: the fewest free GPUs, then by name. */
  readonly slots: readonly Slot[]
  /** Claims under way, the oldest first: those that a turn has added come last, and no pod is moved to them. */
  readonly underWay: readonly Slot[]
  /** Under undefined those without a claim. */
  readonly ofShape: ReadonlyMap<string | undefined, readonly Slot[]>
  readonly ofWorkload: ReadonlyMap<string | undefined, readonly Slot[]>
}

/** GPUs of one pod of a shape: what a claim of an unknown instance type is sure to hold. */
type GpusOfShape = (shape: string) => number

/** The room before the first pod is placed; claims of `dropped` (uids) are as good as gone. */
export function observeRoom(
  turn: Turn,
  occupancy: Occupancy,
  dropped: ReadonlySet<string>,
  gpusOfShape: GpusOfShape,
): Room {
  const claims = turn.observation.claims.filter(
    claim => claim.deletedAtMs === undefined && !dropped.has(claim.uid),
  )
  const claimed = new Set(turn.observation.claims.map(claim => claim.nodeName ?? ''))
  const slots = [
    ...claims.map(claim => slotOfClaim(turn, claim, occupancy, gpusOfShape)),
    ...turn.observation.nodes.map(node => nodeSlot(node, claimed, occupancy)),
  ]
    .filter(slot => slot !== undefined)
    .toSorted((left, right) => left.freeGpus - right.freeGpus || compareText(left.name, right.name))
  const underWay = slots
    .filter(slot => !slot.isReady)
    .toSorted(
      (left, right) =>
        (left.claim?.createdAtMs ?? 0) - (right.claim?.createdAtMs ?? 0) ||
        compareText(left.name, right.name),
    )
  return {
    slots,
    underWay,
    ofShape: Map.groupBy(slots, slot => slot.shape),
    ofWorkload: Map.groupBy(slots, slot => slot.workloadUid),
  }
}

/** Whether the slot still has room; of what is not known of a claim under way nothing is lacking. */
export function holds(slot: Slot, requests: Resources): boolean {
  for (const name in requests) if (lacks(slot, name, requests[name] ?? 0)) return false
  return true
}

/** Whether the slot has less of a resource than is wanted. */
export function lacks(slot: Slot, name: string, wanted: number): boolean {
  const free = isExclusive(name)
    ? 1 + (slot.free[name] ?? 0)
    : (slot.free[name] ?? (slot.isReady ? 0 : Infinity))
  return wanted > 0 && wanted > free
}

/** Ready nodes that our pods are about to leave, with the room that there will be. To be asked when what is free is sold. */
export function slotsBeingLeft({ slots }: Room, { leaving }: Occupancy): readonly Slot[] {
  return slots.flatMap(slot => {
    const amounts = slot.node === undefined ? undefined : leaving.get(slot.node.name)
    if (amounts === undefined || !slot.isReady) return []
    const free: Amounts = { ...slot.free }
    addAmounts(free, amounts)
    return [{ ...slot, free, freeGpus: free[GPU] ?? 0, isBeingLeft: true }]
  })
}

/** The pod with these requests goes there: its share is not offered to the next one. */
export function take(slot: Slot, requests: Resources): void {
  for (const name in requests) {
    const free = slot.free[name] ?? (isExclusive(name) ? 0 : undefined)
    if (free !== undefined) slot.free[name] = free - (requests[name] ?? 0)
  }
  slot.taken += 1
  slot.askedGpus -= requests[GPU] ?? 0
}

/** GPUs are what a node is good for: without them (device plugin not up yet) it is not ready for us. */
export function isUsable(node: ObservedNode): boolean {
  return node.ready && !node.cordoned && node.deletedAtMs === undefined && (node.allocatable[GPU] ?? 0) > 0
}

function nodeSlot(node: ObservedNode, claimed: ReadonlySet<string>, occupancy: Occupancy): Slot | undefined {
  if (node.labels[CLAIM_LABEL] !== undefined || claimed.has(node.name) || !isUsable(node)) return undefined
  return makeSlot(node.name, node, undefined, freeOnNode(node, undefined, occupancy), occupancy)
}

/** The room of one claim; undefined: it has none, and will have none. */
export function slotOfClaim(
  turn: Turn,
  claim: ObservedClaim,
  occupancy: Occupancy,
  gpusOfShape: GpusOfShape,
): Slot | undefined {
  const node = occupancy.nodeOf(claim)
  const isThere =
    node !== undefined && isReady(claim) && isUsable(node) && node.labels[CLAIM_LABEL] === claim.name
  if (isThere && claim.isGoing !== true)
    return makeSlot(claim.name, node, claim, freeOnNode(node, claim, occupancy), occupancy)
  if (!isThere && !mayBecomeReady(turn, claim, node)) return undefined
  return makeSlot(
    claim.name,
    undefined,
    claim,
    freeUnderWay(turn, claim, node, occupancy, gpusOfShape),
    occupancy,
  )
}

/** Within its launch budget, unless somebody or something has taken the node out of service. */
function mayBecomeReady(turn: Turn, claim: ObservedClaim, node: ObservedNode | undefined): boolean {
  if (isDue(turn, claim.createdAtMs + turn.settings.launchBudgetMs)) return false
  if (node === undefined || !isReady(claim)) return true
  if (node.cordoned || node.deletedAtMs !== undefined) return false
  return node.ready || !isDue(turn, (node.notReadySinceMs ?? node.createdAtMs) + NODE_LOST_MS)
}

function makeSlot(
  name: string,
  node: ObservedNode | undefined,
  claim: ObservedClaim | undefined,
  free: Amounts,
  occupancy: Occupancy,
): Slot {
  const onNode = node ?? (claim === undefined ? undefined : occupancy.nodeOf(claim))
  return {
    name,
    node,
    claim,
    free,
    isReady: node !== undefined,
    shape: claim === undefined ? undefined : shapeOfClaim(claim),
    workloadUid: claim === undefined ? undefined : workloadOfClaim(claim),
    isBeingLeft: false,
    freeGpus: free[GPU] ?? 0,
    isEmpty:
      !(onNode !== undefined && occupancy.inUse.has(onNode.name)) &&
      !(claim !== undefined && occupancy.pinned.has(pinText(CLAIM_LABEL, claim.name))),
    taken: 0,
    askedGpus: claim?.requests[GPU] ?? Infinity,
  }
}

function freeOnNode(node: ObservedNode, claim: ObservedClaim | undefined, occupancy: Occupancy): Amounts {
  const free: Amounts = { ...node.allocatable }
  addAmounts(free, occupancy.bound.get(node.name) ?? {}, -1)
  const hostname = node.labels[HOSTNAME_LABEL] ?? node.name
  addAmounts(free, occupancy.pinned.get(pinText(HOSTNAME_LABEL, hostname)) ?? {}, -1)
  if (claim !== undefined) addAmounts(free, occupancy.pinned.get(pinText(CLAIM_LABEL, claim.name)) ?? {}, -1)
  return free
}

/** Before the launch the smallest of its instance types counts; then what the provisioner says that the node will have. */
function freeUnderWay(
  turn: Turn,
  claim: ObservedClaim,
  node: ObservedNode | undefined,
  occupancy: Occupancy,
  gpusOfShape: GpusOfShape,
): Amounts {
  const counts = claim.instanceTypes.map(type => turn.settings.gpusOfType(type))
  const known = counts.filter(count => count !== undefined)
  const leastGpus =
    known.length > 0 && known.length === counts.length
      ? Math.min(...known)
      : Math.max(claim.requests[GPU] ?? 0, gpusOfShape(shapeOfClaim(claim)))
  const free: Amounts = { [GPU]: leastGpus, ...claim.allocatable }
  const taken: Amounts = { ...occupancy.pinned.get(pinText(CLAIM_LABEL, claim.name)) }
  if (node !== undefined) addAmounts(taken, occupancy.bound.get(node.name) ?? {})
  for (const name in free) free[name] = (free[name] ?? 0) - (taken[name] ?? 0)
  return free
}
