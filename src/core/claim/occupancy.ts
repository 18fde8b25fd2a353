// Pipeline: claim. What stands on which node, or will: pods of ours and foreign ones, and pods that are pinned to a node but
// not scheduled yet. A node is empty only when nothing but node-bound pods (DaemonSets, mirror pods) is on it.
import type { Resources } from '../api/resources.ts'
import type { ForeignPod, ObservedPod } from '../workload/observed.ts'
import { GATE_NAME } from '../template/steps/gate.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { pinOf } from './demand.ts'
import type { ObservedClaim, ObservedNode } from './observation.ts'
import { HOSTNAME_LABEL } from './requirements.ts'
import { isDue, type Turn } from './turn.ts'

/** Grows while a turn adds up. */
export type Amounts = Record<string, number>

/** Karpenter's node repair, too, gives a node 10 minutes: https://karpenter.sh/docs/concepts/disruption/#node-auto-repair */
const DEAD_NODE_MS = 10 * 60_000
/** After the end of its grace period a pod is gone within seconds, unless its kubelet no longer answers. */
const OVERDUE_DELETION_MS = 60_000
/** A pod that ends within this time leaves its place sooner than a machine can be launched. */
const LEAVES_SOON_MS = 120_000

/** Sums over the pods of one observation. */
export interface Occupancy {
  readonly nodes: ReadonlyMap<string, ObservedNode>
  readonly nodesByHostname: ReadonlyMap<string, ObservedNode>
  readonly claims: ReadonlyMap<string, ObservedClaim>
  /** The claim's node, once it is there. */
  nodeOf(claim: ObservedClaim): ObservedNode | undefined
  /** By node: of all pods that are scheduled there. */
  readonly bound: ReadonlyMap<string, Resources>
  /** By node: of our pods there that will be gone in a moment. Their successors are gated, so nobody else is faster. */
  readonly leaving: ReadonlyMap<string, Resources>
  /** By pin (`key=value`): of the pods that are not scheduled yet. */
  readonly pinned: ReadonlyMap<string, Resources>
  /** Nodes on which a pod stands that is not node-bound; dead ones apart, see below. */
  readonly inUse: ReadonlySet<string>
  /** Dead nodes on which only pods are left that their kubelet will never end. */
  readonly abandoned: ReadonlySet<string>
}

/** The occupancy as the turn begins. */
export function observeOccupancy(turn: Turn): Occupancy {
  const { pods, foreignPods, nodes, claims } = turn.observation
  const byName = new Map(nodes.map(node => [node.name, node]))
  const byClaim = newestByClaim(nodes)
  const bound = new Map<string, Amounts>()
  const leaving = new Map<string, Amounts>()
  const pinned = new Map<string, Amounts>()
  const users = new Map<string, Users>()
  const addBound = (nodeName: string, pod: ObservedPod | ForeignPod) => {
    addTo(bound, nodeName, pod.requests)
    if (!('isNodeBound' in pod) || !pod.isNodeBound) addUser(users, nodeName, isOverdue(pod, turn.nowMs))
  }
  for (const [nodeName, list] of foreignPods) for (const pod of list) addBound(nodeName, pod)
  for (const pod of pods) {
    if (pod.nodeName !== undefined) {
      addBound(pod.nodeName, pod)
      if (leavesSoon(pod, turn)) addTo(leaving, pod.nodeName, pod.requests)
    } else if (!pod.gates.includes(GATE_NAME)) addPinned(pinned, pod)
  }
  const isDead = (nodeName: string) => {
    const since = byName.get(nodeName)?.notReadySinceMs
    return since !== undefined && since + DEAD_NODE_MS <= turn.nowMs
  }
  const abandoned = new Set(
    [...users].filter(([name, { living }]) => !living && isDead(name)).map(([name]) => name),
  )
  return {
    nodes: byName,
    nodesByHostname: new Map(nodes.map(node => [node.labels[HOSTNAME_LABEL] ?? node.name, node])),
    claims: new Map(claims.map(claim => [claim.name, claim])),
    nodeOf(claim) {
      const named = claim.nodeName === undefined ? undefined : byName.get(claim.nodeName)
      const labelled = byClaim.get(claim.name)
      // Names of claims come again: an older node is that of a namesake, and on its way out.
      const isOwn = labelled !== undefined && labelled.createdAtMs >= claim.createdAtMs
      return named ?? (isOwn ? labelled : undefined)
    },
    bound,
    leaving,
    pinned,
    inUse: new Set([...users.keys()].filter(name => !abandoned.has(name))),
    abandoned,
  }
}

function newestByClaim(nodes: readonly ObservedNode[]): ReadonlyMap<string, ObservedNode> {
  const newest = new Map<string, ObservedNode>()
  for (const node of nodes) {
    const name = node.labels[CLAIM_LABEL]
    const known = name === undefined ? undefined : newest.get(name)
    if (name !== undefined && (known === undefined || known.createdAtMs < node.createdAtMs))
      newest.set(name, node)
  }
  return newest
}

/** `key=value` of a pin. */
export function pinText(key: string, value: string): string {
  return `${key}=${value}`
}

interface Users {
  living: boolean
}

function addUser(users: Map<string, Users>, nodeName: string, overdue: boolean): void {
  const known = users.get(nodeName)
  if (known === undefined) users.set(nodeName, { living: !overdue })
  else if (!overdue) known.living = true
}

function isOverdue(pod: { readonly deletedAtMs?: number }, nowMs: number): boolean {
  return pod.deletedAtMs !== undefined && pod.deletedAtMs + OVERDUE_DELETION_MS < nowMs
}

function leavesSoon({ deletedAtMs }: ObservedPod, turn: Turn): boolean {
  if (deletedAtMs === undefined || deletedAtMs > turn.nowMs + LEAVES_SOON_MS) return false
  return !isDue(turn, deletedAtMs + OVERDUE_DELETION_MS)
}

function addPinned(pinned: Map<string, Amounts>, pod: ObservedPod): void {
  const pin = pinOf(pod)
  if (pin !== undefined) addTo(pinned, pinText(pin.key, pin.value), pod.requests)
}

function addTo(totals: Map<string, Amounts>, key: string, amounts: Resources): void {
  let total = totals.get(key)
  if (total === undefined) totals.set(key, (total = {}))
  addAmounts(total, amounts)
}

/** Adds to `total` in place; -1 takes away. */
export function addAmounts(total: Amounts, amounts: Resources, sign: 1 | -1 = 1): void {
  for (const name in amounts) total[name] = (total[name] ?? 0) + sign * (amounts[name] ?? 0)
}
