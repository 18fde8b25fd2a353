// Pipeline: claim. Giving nodes back. A claim that nobody needs is marked, kept for its grace (a rollout reuses it), then
// deleted; never while a pod of ours or a foreign one is on its node. The mark is in the API server: it outlives us.
import { idleSinceMs, recordedGraceMs, workloadOfClaim } from './claim-state.ts'
import { compareText } from './demand.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import type { ObservedClaim } from './observation.ts'
import { pinText, type Occupancy } from './occupancy.ts'
import type { Ledger } from './refusals.ts'
import { isDue, type Turn } from './turn.ts'

export interface Needs {
  /** Names of claims to which pods were assigned in this turn. */
  readonly assigned: ReadonlySet<string>
  /** Uids of claims that this turn deletes for another reason. */
  readonly deleted: ReadonlySet<string>
  /** Uids of claims that a group has given up: they go at once. */
  readonly superseded: ReadonlySet<string>
}

export function planReleases(turn: Turn, occupancy: Occupancy, ledger: Ledger, needs: Needs): void {
  const claims = turn.observation.claims
    .filter(claim => claim.deletedAtMs === undefined && !needs.deleted.has(claim.uid))
    .toSorted((left, right) => compareText(left.name, right.name))
  for (const claim of claims) {
    if (isNeeded(claim, occupancy, needs)) keep(turn, claim)
    else if (needs.superseded.has(claim.uid))
      release(turn, claim, occupancy, ledger, 'its group takes another instance type')
    else letGo(turn, claim, occupancy, ledger)
  }
}

function isNeeded(claim: ObservedClaim, occupancy: Occupancy, needs: Needs): boolean {
  const node = occupancy.nodeOf(claim)
  return (
    needs.assigned.has(claim.name) ||
    occupancy.pinned.has(pinText(CLAIM_LABEL, claim.name)) ||
    (claim.nodeName !== undefined && occupancy.inUse.has(claim.nodeName)) ||
    (node !== undefined && occupancy.inUse.has(node.name))
  )
}

function keep(turn: Turn, claim: ObservedClaim): void {
  if (idleSinceMs(claim) !== undefined) turn.actions.push({ type: 'mark-busy', claim, value: undefined })
}

function letGo(turn: Turn, claim: ObservedClaim, occupancy: Occupancy, ledger: Ledger): void {
  const sinceMs = idleSinceMs(claim)
  if (sinceMs === undefined) {
    turn.actions.push({ type: 'mark-idle', claim, value: new Date(turn.nowMs).toISOString() })
    isDue(turn, turn.nowMs + Math.max(1, graceMs(turn, claim)))
  } else if (isDue(turn, sinceMs + graceMs(turn, claim))) {
    const node = occupancy.nodeOf(claim)?.name
    release(turn, claim, occupancy, ledger, node === undefined ? 'nobody needs it' : `node ${node} is idle`)
  }
}

/** The workload's word as long as it lives; then what it had said when the claim was made; else the controller's. */
function graceMs(turn: Turn, claim: ObservedClaim): number {
  const workload = turn.observation.workloads.get(workloadOfClaim(claim) ?? '')
  const asked = workload === undefined ? recordedGraceMs(claim) : workload.idleGraceMs
  return asked ?? turn.settings.idleGraceMs
}

function release(turn: Turn, claim: ObservedClaim, occupancy: Occupancy, ledger: Ledger, why: string): void {
  const nodeName = occupancy.nodeOf(claim)?.name
  ledger.released.add(claim.uid)
  turn.actions.push({
    type: 'delete-claim',
    claim,
    reason: 'NodeReleased',
    message: `claim ${claim.name} is released: ${why}`,
    nodeName,
    expectEmpty: nodeName === undefined || !occupancy.abandoned.has(nodeName),
  })
}
