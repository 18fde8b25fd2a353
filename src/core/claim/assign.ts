// Pipeline: claim. Which pod goes where, in the order of the contract: ready nodes, then claims under way. In both, what was
// made for pods of this very shape comes first, so that no pod takes the place that another is waiting for.
import { GPU } from '../api/resources.ts'
import type { DemandedPod, Shape } from './demand.ts'
import type { Occupancy } from './occupancy.ts'
import { holds, slotsBeingLeft, take, type Room, type Slot } from './room.ts'
import { judge } from './suits.ts'
import type { Turn } from './turn.ts'

/** A pod and the slot that it gets. */
export interface Assignment {
  readonly demanded: DemandedPod
  readonly slot: Slot
  /** Its node is ready: the gate may be opened. Else the pod waits for the claim. */
  readonly isNow: boolean
}

/** The outcome for the pods that were asked for. */
export interface Assigned {
  readonly assignments: readonly Assignment[]
  readonly unplaced: readonly DemandedPod[]
}

type Candidates = (shape: Shape) => readonly Slot[]
/** Slots that are kept for pods of other shapes. */
export type IsReserved = (slot: Slot, shape: Shape) => boolean

/** Hands out the room of one turn. */
export interface Assigner {
  /** Places what it can in one kind of slots, the oldest pods first. */
  place(pods: readonly DemandedPod[], where: Where): Assigned
}

/**
 * asked: claims under way for this shape, as far as they were asked for; under-way: what they will have beyond that, too;
 * being-left: ready nodes whose pods are ending (a rollout uses the nodes that it has).
 */
export type Where = 'own-ready' | 'ready' | 'asked' | 'being-left' | 'under-way' | 'own-under-way'

/** The pods that the claim was made for have their places on it. */
const isUsedUp: IsReserved = (slot, { pod }) => slot.askedGpus < (pod.requests[GPU] ?? 0)

/** An assigner over this room; what it places is taken from the slots. */
export function createAssigner(
  turn: Turn,
  room: Room,
  occupancy: Occupancy,
  isReserved: IsReserved,
): Assigner {
  const sources: Readonly<
    Record<Where, readonly [verdict: 'now' | 'later', ...candidates: readonly Candidates[]]>
  > = {
    'own-ready': ['now', shape => room.ofShape.get(shape.key) ?? []],
    ready: ['now', shape => room.ofWorkload.get(shape.workload.uid) ?? [], () => room.slots],
    asked: ['later', shape => room.ofShape.get(shape.key) ?? []],
    'being-left': ['now', candidatesBeingLeft(room, occupancy)],
    'own-under-way': ['later', shape => room.ofShape.get(shape.key) ?? []],
    'under-way': ['later', () => room.underWay],
  }
  return {
    place(pods, where) {
      const [verdict, ...candidates] = sources[where]
      const isClosed = where === 'asked' ? isUsedUp : isReserved
      const cursors = candidates.map(candidate => createCursors(turn, candidate, verdict, isClosed))
      const assignments: Assignment[] = []
      const unplaced: DemandedPod[] = []
      // A claim was made for the pods that had found no place: the youngest. So every plan gives the same pods the same one.
      for (const demanded of where === 'asked' ? pods.toReversed() : pods) {
        const slot = firstSlot(cursors, demanded)
        if (slot === undefined) unplaced.push(demanded)
        else {
          take(slot, demanded.pod.requests)
          assignments.push({ demanded, slot, isNow: verdict === 'now' && !slot.isBeingLeft })
        }
      }
      return { assignments, unplaced: where === 'asked' ? unplaced.toReversed() : unplaced }
    },
  }
}

/** Looked for when they are first asked for: what was free then is sold. Those of the pod's own workload come first. */
function candidatesBeingLeft(room: Room, occupancy: Occupancy): Candidates {
  let all: readonly Slot[] | undefined
  const sorted = new Map<string, readonly Slot[]>()
  return ({ workload: { uid } }) => {
    all ??= slotsBeingLeft(room, occupancy)
    const isOwn = (slot: Slot): number => Number(slot.workloadUid === uid)
    const known = sorted.get(uid) ?? all.toSorted((left, right) => isOwn(right) - isOwn(left))
    sorted.set(uid, known)
    return known
  }
}

type NextSlot = (demanded: DemandedPod) => Slot | undefined

function firstSlot(cursors: readonly NextSlot[], demanded: DemandedPod): Slot | undefined {
  for (const next of cursors) {
    const slot = next(demanded)
    if (slot !== undefined) return slot
  }
  return undefined
}

/**
 * Equal pods try the same slots in the same order, and a slot never gains room: where one pod found none, the next need
 * not look again. So a turn costs pods + distinct needs × nodes, not pods × nodes.
 */
function createCursors(
  turn: Turn,
  candidates: Candidates,
  verdict: 'now' | 'later',
  isReserved: IsReserved,
): NextSlot {
  const cursors = new Map<readonly Slot[], Map<string, { next: number }>>()
  return ({ pod, shape }) => {
    const slots = candidates(shape)
    const bySlots = getOrAdd(cursors, slots, () => new Map<string, { next: number }>())
    const cursor = getOrAdd(bySlots, shape.needs, () => ({ next: 0 }))
    for (; cursor.next < slots.length; cursor.next += 1) {
      const slot = slots[cursor.next]
      if (slot === undefined || !holds(slot, pod.requests) || isReserved(slot, shape)) continue
      if (judge(turn, shape, slot) === verdict) return slot
    }
    return undefined
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
