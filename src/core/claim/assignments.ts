// Pipeline: claim. From demanded pods to actions: which gates open now, which claims are made, and one sentence for every
// pod that waits.
import { createAssigner, type Assigned, type Assignment, type Where } from './assign.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import type { DemandedPod, OwnedPod, Shape, SortedPods } from './demand.ts'
import { planGroup, type GroupPlanning } from './groups.ts'
import { createClaims } from './new-claims.ts'
import type { Occupancy } from './occupancy.ts'
import { openGate } from './open-gate.ts'
import type { Ledger } from './ledger.ts'
import { placeInNewClaims } from './place-in-new-claims.ts'
import { HOSTNAME_LABEL } from './requirements.ts'
import { planGroupRestart } from './restart-group.ts'
import type { Room, Slot } from './room.ts'
import { waitingSentence } from './say-waiting.ts'
import { sayState, type Turn } from './turn.ts'

/** What all parts of one turn share. */
export interface Planning {
  readonly turn: Turn
  readonly room: Room
  readonly occupancy: Occupancy
  readonly ledger: Ledger
}

/** What the turn's other parts must know of it. */
export interface Outcome {
  /** Names of claims to which pods are assigned. */
  readonly assigned: ReadonlySet<string>
  /** Uids of claims that groups have given up. */
  readonly superseded: ReadonlySet<string>
}

/** Plans opened gates and new claims for all demanded pods, and says of each what it waits for. */
export function planAssignments(planning: Planning, pods: SortedPods): Outcome {
  const { turn, room, ledger } = planning
  const singles = pods.demanded.filter(demanded => !isGrouped(demanded))
  const groupShapes = new Set(pods.demanded.filter(isGrouped).map(({ shape }) => shape.key))
  const isReserved = (slot: Slot, shape: Shape) =>
    slot.shape !== undefined && slot.shape !== shape.key && groupShapes.has(slot.shape)
  const claims = createClaims(turn, ledger, room)
  const assigner = createAssigner(turn, room, planning.occupancy, isReserved)
  const made: Assignment[] = []
  const place = (waiting: readonly DemandedPod[], where: Where): readonly DemandedPod[] => {
    const { assignments, unplaced }: Assigned = assigner.place(waiting, where)
    made.push(...assignments)
    return unplaced
  }
  const afterOwn = place(singles, 'own-ready')
  const superseded = planGroups({ ...planning, claims, isReserved }, pods, made)
  const waits: readonly Where[] = ['ready', 'asked', 'being-left', 'under-way', 'own-under-way']
  const unplaced = waits.reduce(place, afterOwn)
  for (const assignment of made) carryOut(turn, ledger, assignment)
  placeInNewClaims({ ...planning, claims }, unplaced)
  return {
    assigned: new Set(made.map(({ slot }) => slot.claim?.name ?? '')),
    superseded: new Set(superseded.map(({ claim }) => claim?.uid ?? '')),
  }
}

function isGrouped({ shape }: DemandedPod): boolean {
  return shape.placement.nodesPerReplica > 1
}

/** One group a workload: a StatefulSet of several nodes is one replica. */
function planGroups(
  planning: GroupPlanning,
  { demanded, grouped }: SortedPods,
  made: Assignment[],
): readonly Slot[] {
  const superseded: Slot[] = []
  const byWorkload = Map.groupBy(grouped, ({ workload }: OwnedPod) => workload.uid)
  for (const [uid, members] of byWorkload) {
    const pods = demanded.filter(
      ({ shape }) => shape.workload.uid === uid && shape.placement.nodesPerReplica > 1,
    )
    if (planGroupRestart(planning.turn, members)) {
      for (const { pod } of pods)
        sayState(planning.turn, pod, uid, {
          reason: 'WaitingForGroup',
          message: 'its replica starts anew as a whole',
        })
      continue
    }
    const plan = planGroup(planning, pods, members)
    made.push(...plan.assignments)
    superseded.push(...plan.superseded)
  }
  return superseded
}

function carryOut(turn: Turn, ledger: Ledger, assignment: Assignment): void {
  const { demanded, slot, isNow } = assignment
  const { pod, shape } = demanded
  if (!isNow || slot.node === undefined) {
    sayState(turn, pod, shape.workload.uid, waitingSentence(ledger, shape, slot))
    return
  }
  const pin =
    slot.claim === undefined
      ? { key: HOSTNAME_LABEL, value: slot.node.labels[HOSTNAME_LABEL] ?? slot.node.name }
      : { key: CLAIM_LABEL, value: slot.claim.name }
  const message = `node ${slot.node.name}`
  const operations = openGate(pod, pin, slot.node.taints)
  turn.actions.push({ type: 'bind-pod', pod, operations, pin, nodeName: slot.node.name, message })
  sayState(turn, pod, shape.workload.uid, { reason: 'NodeAssigned', message, placed: true })
}
