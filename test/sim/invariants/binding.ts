// Simulator: what must be so when a gate is opened: ours is the last one, the node is ready and suits, there is room, and the
// other nodes of a replica are there too.
import { addResources, type Resources } from '../../../src/core/api/resources.ts'
import { asResources, fits, requestsOf } from '../actors/scheduler.ts'
import type { ApiServer } from '../api/api-server.ts'
import { controllerOf, type Node, type Pod } from '../api/objects.ts'
import { placementOf, type Checked, type OwnChange } from './check.ts'
import { checkQuota } from './quota.ts'
import { ROUNDING_MS } from './making-claims.ts'
import { hasGate, nodeOf, pinOf, type PodRecord } from './history.ts'

export function checkBinding(checked: Checked, own: OwnChange): void {
  const { api, violate } = checked
  const [before, after] = [own.change.previous as Pod, own.change.object as Pod]
  if ((before.spec.schedulingGates ?? []).length !== 1)
    return violate(
      'never another gate',
      `${after.metadata.name} had ${JSON.stringify(before.spec.schedulingGates)}`,
    )
  checkQuota(checked, own)
  const node = targetOf(api, after)
  if (node === undefined) {
    if (!wasThere(checked, own, after))
      violate('a gate opens for a ready node', `${after.metadata.name} has no node`)
    return
  }
  checkNode(checked, own, after, node)
  checkRoom(checked, own, node)
  checkGroup(checked, own, after, node)
}

function targetOf(api: ApiServer, pod: Pod): Node | undefined {
  const claimName = pod.spec.nodeSelector?.['kaito.sh/claim']
  const claim = claimName === undefined ? undefined : api.find('nodeclaims', { name: claimName })
  return claim === undefined ? api.find('nodes', { name: pinOf(pod) ?? '' }) : nodeOf(api, claim)
}

/** Its claim or node went between the decision and the write. */
function wasThere({ history, api }: Checked, { viewMs }: OwnChange, pod: Pod): boolean {
  const pin = pinOf(pod)
  return pin !== undefined && api.world.now() > viewMs && history.lastDisturbanceMs() >= viewMs
}

function checkNode({ history, violate }: Checked, { viewMs }: OwnChange, pod: Pod, { metadata }: Node): void {
  const { name, labels = {} } = metadata
  if (history.usableUntilMs(name) < viewMs)
    violate('a gate opens for a ready node', `${pod.metadata.name}: node ${name} is not usable`)
  const type = labels['node.kubernetes.io/instance-type'] ?? ''
  if (placementOf(pod)?.instanceTypes.includes(type) !== true)
    violate('a pod goes where its plan allows', `${pod.metadata.name} on ${name}, a ${type}`)
  const misfit = Object.entries(pod.spec.nodeSelector ?? {}).find(([key, value]) => labels[key] !== value)
  if (misfit !== undefined)
    violate('a pod goes where its plan allows', `${pod.metadata.name} on ${name}: ${misfit.join('=')}`)
}

/** Whether the process had to count this pod on this node. */
function counts(
  { pod, boundAtMs, pinnedAtMs, pinnedBy, goneAtMs }: PodRecord,
  own: OwnChange,
  node: Node,
): boolean {
  if (goneAtMs !== undefined) return false
  const isKnown = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= own.viewMs
  if (pod.spec.nodeName === node.metadata.name && isKnown(boundAtMs)) return true
  const pin = pinOf(pod)
  const isPinned = pin === node.metadata.name || pin === node.metadata.labels?.['kaito.sh/claim']
  const elsewhere = pod.spec.nodeName !== undefined && pod.spec.nodeName !== node.metadata.name
  return isPinned && !elsewhere && !hasGate(pod) && (isKnown(pinnedAtMs) || pinnedBy === own.call.processName)
}

function checkRoom({ history, violate }: Checked, own: OwnChange, node: Node): void {
  const pod = own.change.object as Pod
  const others = [...history.pods.values()].filter(
    record => record.pod.metadata.uid !== pod.metadata.uid && counts(record, own, node),
  )
  const taken = others.reduce<Resources>(
    (sum, record) => addResources(sum, requestsOf(record.pod)),
    requestsOf(pod),
  )
  if (fits(taken, asResources(node.status.allocatable))) return
  const names = others.map(record => record.pod.metadata.name)
  const sum = `${JSON.stringify(taken)} of ${JSON.stringify(node.status.allocatable)}`
  violate(
    'room is never oversold',
    `${pod.metadata.name} on ${node.metadata.name} beside ${names.join(', ')}: ${sum}`,
  )
}

/** All or nothing, each on a node of its own, all of one instance type. */
function checkGroup(checked: Checked, own: OwnChange, pod: Pod, node: Node): void {
  const { history, violate } = checked
  const { nodesPerReplica = 1 } = placementOf(pod) ?? {}
  if (nodesPerReplica < 2) return
  const uid = controllerOf(pod)?.uid
  const members = [...history.pods.values()].filter(
    record => controllerOf(record.pod)?.uid === uid && record.goneAtMs === undefined,
  )
  const placed = members.filter(
    ({ pod: member }) => !hasGate(member) && toldToLeaveMs(member) + ROUNDING_MS >= own.viewMs,
  )
  const nodes = placed.map(({ pod: member }) => nodeNameOf(checked.api, member))
  const known = nodes.filter(name => name !== undefined)
  if (new Set(known).size < known.length)
    violate('groups: a node for each pod', `${pod.metadata.name}: ${known.join(', ')}`)
  // A node that was lost while the call was on its way was there for all that it knew.
  if (history.lastDisturbanceMs() >= own.viewMs) return
  const waiting = Math.max(nodesPerReplica, members.length) - placed.length
  const free = freeNodes(checked, own, pod, node, new Set(known))
  if (free < waiting)
    violate(
      'groups: all or nothing',
      `${pod.metadata.name} is let go while ${waiting} wait and ${free} nodes are free`,
    )
}

/** Infinity: not yet. */
function toldToLeaveMs({ metadata }: Pod): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  if (deletionTimestamp === undefined) return Infinity
  return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
}

function nodeNameOf(api: ApiServer, pod: Pod): string | undefined {
  return pod.spec.nodeName ?? targetOf(api, pod)?.metadata.name
}

function typeOf({ metadata }: Node): string | undefined {
  return metadata.labels?.['node.kubernetes.io/instance-type']
}

/** Usable nodes of the same type with room for a pod like this one. */
function freeNodes(
  { api, history }: Checked,
  own: OwnChange,
  pod: Pod,
  like: Node,
  taken: ReadonlySet<string>,
): number {
  return api.all('nodes').filter(node => {
    if (taken.has(node.metadata.name) || typeOf(node) !== typeOf(like)) return false
    if (history.usableUntilMs(node.metadata.name) < own.viewMs) return false
    const used = [...history.pods.values()]
      .filter(record => record.pod.metadata.uid !== pod.metadata.uid && counts(record, own, node))
      .reduce<Resources>((sum, record) => addResources(sum, requestsOf(record.pod)), requestsOf(pod))
    return fits(used, asResources(node.status.allocatable))
  }).length
}
