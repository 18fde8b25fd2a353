// Simulator: what must be so when a claim is called idle or given back.
import { isLeaving, type Claim } from '../api/objects.ts'
import type { Checked, OwnChange } from './check.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { isReadyClaim, isUsable, nodeOf, pinOf } from './history.ts'
import { isGroups, ROUNDING_MS } from './making-claims.ts'

/** Something is on the claim's node, or held to it, that the process knew of. */
function usersOf({ api, history, machines }: Checked, claim: Claim, cutoffMs: number): readonly string[] {
  const node = nodeOf(api, claim)
  const isAlive = node !== undefined && machines.isAlive(node.metadata.name)
  return [...history.pods.values()]
    .filter(({ pod, boundAtMs = Infinity, goneAtMs }) => {
      if (goneAtMs !== undefined || pod.metadata.ownerReferences?.[0]?.kind === 'DaemonSet') return false
      return isAlive && pod.spec.nodeName === node.metadata.name && boundAtMs <= cutoffMs
    })
    .map(({ pod }) => pod.metadata.name)
}

export function checkIdleMark(checked: Checked, own: OwnChange): void {
  const claim = own.change.object as Claim
  const users = usersOf(checked, claim, own.viewMs)
  if (users.length > 0)
    checked.violate(
      'a node in use is never given back',
      `${claim.metadata.name} is called idle: ${users.join(', ')}`,
    )
}

/** Right before it the API server must have been asked what is on the node, and the claim be the one that was judged. */
export function checkDeletion(checked: Checked, own: OwnChange): void {
  const { api, history, violate } = checked
  const claim = own.change.previous as Claim
  if (history.claimChangedMs(claim, own.call.processName) > own.claimsViewMs)
    return violate('what is given back is what was judged', `${claim.metadata.name} has been changed since`)
  const users = usersOf(checked, claim, own.lookedMs ?? own.call.sentMs)
  if (users.length > 0)
    return violate('a node in use is never given back', `${claim.metadata.name}: ${users.join(', ')}`)
  const pinned = [...checked.history.pods.values()].filter(
    ({ pod, pinnedAtMs = Infinity, goneAtMs }) =>
      goneAtMs === undefined &&
      !isLeaving(pod) &&
      pinOf(pod) === claim.metadata.name &&
      pinnedAtMs <= own.viewMs,
  )
  const node = nodeOf(api, claim)
  const isWhole = node !== undefined && isUsable(node) && isReadyClaim(claim)
  if (isWhole && pinned.some(({ pod }) => pod.spec.nodeName === undefined))
    return violate('a node in use is never given back', `${claim.metadata.name}: a pod is pinned to it`)
  checkGrace(checked, own, claim)
}

/** Not before its grace, nor before its launch budget is used up. */
function checkGrace(checked: Checked, own: OwnChange, claim: Claim): void {
  const { scenario, history, violate } = checked
  if (isGroups(checked, claim)) return
  const graceMs = shortestGraceMs(scenario)
  const node = nodeOf(checked.api, claim)
  if (node !== undefined && !checked.machines.isAlive(node.metadata.name)) return
  // Who came after the last look was nobody's to know; and a new leader goes by the mark that it finds.
  const usedMs = history.lastUsedMs(claim)
  if (usedMs > (own.lookedMs ?? own.viewMs) || usedMs < own.call.view.ledSinceMs) return
  const idleMs = own.change.atMs - history.lastUsedMs(claim)
  const isMarked = claim.metadata.annotations?.['kaito.sh/idle-since'] !== undefined
  const ageMs = own.change.atMs - Date.parse(claim.metadata.creationTimestamp)
  const isKnownReady = node !== undefined && history.usableSinceMs(node.metadata.name) <= own.viewMs
  const isLate = !(isReadyClaim(claim) && isKnownReady) && ageMs + ROUNDING_MS >= scenario.launchBudgetMs
  const isIdle = isMarked && idleMs + 2 * ROUNDING_MS >= graceMs
  if (!isIdle && !isLate)
    violate('a node is kept for its grace', `${claim.metadata.name} was used ${idleMs} ms ago`)
}

function shortestGraceMs({ idleGraceMs, workloads }: Scenario): number {
  return Math.min(idleGraceMs, ...workloads.map(({ idleGraceSeconds = Infinity }) => idleGraceSeconds * 1000))
}
