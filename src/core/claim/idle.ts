// Pipeline: claim. Giving nodes back. A claim that nobody needs is marked, kept for its grace (a rollout reuses it), then
// deleted; never while a pod of ours or a foreign one is on its node. The mark is in the API server: it outlives us.
import { compareText } from '../api/compare-text.ts'
import { idleSinceMs, isStaying, recordedGraceMs, workloadOfClaim } from './claim-state.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import type { ObservedClaim } from './observation.ts'
import { pinText, type Occupancy } from './occupancy.ts'
import type { Ledger } from './ledger.ts'
import { longestGraceMs } from './policies.ts'
import { isDue, type Turn } from './turn.ts'
import { namespaceOfClaim } from './usage.ts'

/** Why a claim is to be left alone, or not to wait for its grace. */
export interface Needs {
  /** Names of claims to which pods were assigned in this turn. */
  readonly assigned: ReadonlySet<string>
  /** Uids of claims that this turn deletes for another reason. */
  readonly deleted: ReadonlySet<string>
  /** Uids of claims that a group has given up: they go at once. */
  readonly superseded: ReadonlySet<string>
}

/** Plans the marks of idle claims, and the deletion of those whose grace is over. */
export function planReleases(turn: Turn, occupancy: Occupancy, ledger: Ledger, needs: Needs): void {
  const claims = turn.observation.claims
    .filter(claim => isStaying(claim) && !needs.deleted.has(claim.uid))
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
  // One write at a time; the mark is the next plan's.
  if (claim.labels[CLAIM_LABEL] !== claim.name) turn.actions.push({ type: 'label-claim', claim })
  else if (idleSinceMs(claim) !== undefined) turn.actions.push({ type: 'mark-busy', claim, value: undefined })
}

function letGo(turn: Turn, claim: ObservedClaim, occupancy: Occupancy, ledger: Ledger): void {
  const sinceMs = idleSinceMs(claim)
  // A time to come (a clock that was wrong, an edit) would keep the node until then.
  if (sinceMs === undefined || sinceMs > turn.nowMs) {
    turn.actions.push({ type: 'mark-idle', claim, value: new Date(turn.nowMs).toISOString() })
    isDue(turn, turn.nowMs + Math.max(1, graceMs(turn, claim)))
  } else if (isDue(turn, sinceMs + graceMs(turn, claim))) {
    const node = occupancy.nodeOf(claim)?.name
    release(turn, claim, occupancy, ledger, node === undefined ? 'nobody needs it' : `node ${node} is idle`)
  }
}

/**
 * The workload's word as long as it lives; then what it had said when the claim was made; else the controller's. Never
 * longer than the policies of its namespace allow.
 */
function graceMs(turn: Turn, claim: ObservedClaim): number {
  const workload = turn.observation.workloads.get(workloadOfClaim(claim) ?? '')
  const asked = workload === undefined ? recordedGraceMs(claim) : workload.idleGraceMs
  const mostMs = longestGraceMs(turn, namespaceOfClaim(claim))
  return Math.min(asked ?? turn.settings.idleGraceMs, mostMs)
}

function release(turn: Turn, claim: ObservedClaim, occupancy: Occupancy, ledger: Ledger, why: string): void {
  // The node itself may not be known yet: then the executor asks the API server about a name all the same.
  const nodeName = occupancy.nodeOf(claim)?.name ?? claim.nodeName
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
