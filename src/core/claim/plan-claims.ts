// Pipeline: claim. pods × nodes × claims → plan, in the order of the contract: room on ready nodes, claims under way, new
// claims; then what is lost and what nobody needs. Pure: same observation, memory, settings and time, same plan.
import { GPU } from '../api/resources.ts'
import { planAssignments } from './assignments.ts'
import { askAgain } from './attempts.ts'
import { sortPods, type Shape } from './demand.ts'
import { planEvictions } from './evict.ts'
import { planReleases } from './idle.ts'
import { giveUpLateClaims } from './launch.ts'
import { createLedger } from './ledger.ts'
import type { Observation } from './observation.ts'
import { planOpenings } from './open-gate.ts'
import { observeOccupancy } from './occupancy.ts'
import type { ClaimPlan, Memory, Settings } from './plan.ts'
import { withinQuotas } from './quota.ts'
import { memoryOf, observeRefusals } from './refusals.ts'
import { observeRoom } from './room.ts'
import { sayPlaced } from './say-placed.ts'
import { createTurn } from './turn.ts'

/** What must be done now so that every demanded pod gets a node and no node is kept that nobody needs. */
export function planClaims(
  observation: Observation,
  memory: Memory,
  settings: Settings,
  nowMs: number,
): ClaimPlan {
  const turn = createTurn(observation, memory, settings, nowMs)
  const ledger = createLedger(memory, nowMs)
  const pods = withinQuotas(turn, sortPods(turn))
  const shapes = new Map(pods.demanded.map(({ shape }) => [shape.key, shape]))
  const occupancy = observeOccupancy(turn)
  observeRefusals(turn, ledger, shapes)
  const deleted = giveUpLateClaims(turn, occupancy, ledger, shapes)
  askAgain(turn, ledger, shapes)
  const room = observeRoom(turn, occupancy, deleted, key => gpusOf(shapes.get(key)))
  const { assigned, superseded } = planAssignments({ turn, room, occupancy, ledger }, pods)
  planOpenings(turn, pods.unclaimed)
  planEvictions(turn, pods.pinned, occupancy)
  planReleases(turn, occupancy, ledger, { assigned, deleted, superseded })
  sayPlaced(turn, occupancy)
  return {
    actions: turn.actions,
    pods: turn.states,
    notices: turn.notices,
    memory: memoryOf(turn, ledger, shapes),
    requeueAfterMs: turn.wakeAtMs === undefined ? undefined : turn.wakeAtMs - nowMs,
  }
}

function gpusOf(shape: Shape | undefined): number {
  return shape === undefined ? 0 : Math.max(shape.placement.gpusPerPod, shape.pod.requests[GPU] ?? 0)
}
