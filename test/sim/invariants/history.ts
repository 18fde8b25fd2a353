// Simulator: since when what is so, as the API server has it. The controller may only be wrong about what it could not know:
// each check asks how things stood at the moment up to which the process had been told everything (`viewMs`).
import { isActive } from '../actors/pods.ts'
import type { ApiServer, Change } from '../api/api-server.ts'
import {
  conditionOf,
  isLeaving,
  isTrue,
  type Claim,
  type Node,
  type Pod,
  type Workload,
} from '../api/objects.ts'
import { placementOf } from './check.ts'
import { isAnnotated, isPresent } from './unfinished.ts'
import { GATE_NAME } from '../../../src/core/template/steps/gate.ts'

export interface PodRecord {
  pod: Pod
  /** Undefined: not yet. */
  boundAtMs: number | undefined
  pinnedAtMs: number | undefined
  /** Who has opened the gate and has been told that it did. */
  pinnedBy: string | undefined
  /** Its only gate is ours. */
  demandedAtMs: number | undefined
  demandEndedAtMs: number | undefined
  goneAtMs: number | undefined
}

export interface History {
  readonly pods: ReadonlyMap<string, PodRecord>
  /** Until when it was (Infinity: it still is). */
  usableUntilMs(nodeName: string): number
  usableSinceMs(nodeName: string): number
  /** Until when the workload was there, annotated and not being deleted. */
  plannedUntilMs(workloadUid: string): number
  /** When a pod of ours last was on the claim's node or pinned to it; its creation otherwise. */
  lastUsedMs(claim: Claim): number
  /** When somebody else has last written the claim since this process wrote or read it: the answer told it everything. */
  claimChangedMs(claim: Claim, processName: string): number
  /** A process has read the claim of this name: it knows all that was written before. */
  claimRead(name: string, processName: string): void
  /** The process that has made it. */
  makerOf(claim: Claim): string | undefined
  /** When the provisioner said which instance type it is. */
  launchedMs(claim: Claim): number
  /** Nodes of claims that no longer look as they did since that moment count as disturbed. */
  lastDisturbanceMs(): number
}

/** Records are kept so long after the end of a pod: longer than any watch is late. */
const KEPT_MS = 120_000

export function recordHistory(api: ApiServer, isAnswerLost: () => boolean): History {
  const { world } = api
  const pods = new Map<string, PodRecord>()
  const usable = new Map<string, { sinceMs: number; untilMs: number }>()
  const planned = new Map<string, number>()
  const used = new Map<string, number>()
  const changed = new Map<string, Map<string, number>>()
  const launched = new Map<string, number>()
  const makers = new Map<string, string>()
  let disturbedMs = -Infinity
  const seePod = ({ type, object, previous, by, atMs }: Change): void => {
    const pod = object as Pod
    const { uid } = pod.metadata
    const record = pods.get(uid) ?? emptyRecord(pod)
    pods.set(uid, record)
    record.pod = pod
    record.boundAtMs ??= pod.spec.nodeName === undefined ? undefined : atMs
    if (hasGate(previous as Pod | undefined) && !hasGate(pod)) {
      record.pinnedAtMs ??= atMs
      record.pinnedBy ??= isAnswerLost() ? undefined : by
    }
    const isDemanded = isOnlyGated(pod) && type !== 'DELETED' && isActive(pod)
    if (isDemanded) record.demandedAtMs ??= atMs
    else if (record.demandedAtMs !== undefined) record.demandEndedAtMs ??= atMs
    if (type === 'DELETED' || !isPresent(pod)) record.goneAtMs ??= atMs
    noteUse(previous as Pod | undefined, atMs)
    noteUse(pod, atMs)
    if (type === 'DELETED') world.after(KEPT_MS, () => pods.delete(uid))
  }
  const noteUse = (pod: Pod | undefined, atMs: number): void => {
    if (pod === undefined || !isPresent(pod) || placementOf(pod) === undefined) return
    const name = pod.spec.nodeName ?? pinOf(pod)
    if (name !== undefined) used.set(name, atMs)
  }
  const seeNode = ({ type, object, atMs }: Change): void => {
    const node = object as Node
    const { name } = node.metadata
    const known = usable.get(name) ?? { sinceMs: Infinity, untilMs: -Infinity }
    usable.set(name, known)
    const is = type !== 'DELETED' && isUsable(node)
    if (is && known.untilMs !== Infinity) known.sinceMs = atMs
    if (!is && known.untilMs === Infinity) disturbedMs = atMs
    known.untilMs = is ? Infinity : known.untilMs === Infinity ? atMs : known.untilMs
  }
  const seeClaim = ({ type, object, by, atMs }: Change): void => {
    const { uid, labels } = object.metadata
    if (type === 'ADDED') makers.set(uid, by)
    const writers = changed.get(uid) ?? new Map<string, number>()
    changed.set(uid, writers)
    if (!isLeaving(object)) writers.set(by, atMs)
    const isLaunched = labels?.['node.kubernetes.io/instance-type'] !== undefined
    if (isLaunched && !launched.has(uid)) launched.set(uid, atMs)
  }
  const seeWorkload = ({ type, object, atMs }: Change): void => {
    const workload = object as Workload
    const is = type !== 'DELETED' && !isLeaving(workload) && isAnnotated(workload)
    const until = planned.get(workload.metadata.uid)
    planned.set(
      workload.metadata.uid,
      is ? Infinity : until === Infinity || until === undefined ? atMs : until,
    )
  }
  api.onChange(change => {
    if (change.resource === 'pods') seePod(change)
    if (change.resource === 'nodes') seeNode(change)
    if (['deployments', 'statefulsets', 'jobs'].includes(change.resource)) seeWorkload(change)
    if (change.resource === 'nodeclaims') seeClaim(change)
    if (change.resource === 'nodeclaims' && isLeaving(change.object)) disturbedMs = change.atMs
  })
  return {
    pods,
    usableUntilMs: name => usable.get(name)?.untilMs ?? -Infinity,
    usableSinceMs: name => usable.get(name)?.sinceMs ?? Infinity,
    plannedUntilMs: uid => planned.get(uid) ?? -Infinity,
    claimRead(name, processName) {
      const uid = api.find('nodeclaims', { name })?.metadata.uid ?? ''
      changed.get(uid)?.set(processName, world.now())
    },
    makerOf: ({ metadata }) => makers.get(metadata.uid),
    launchedMs: ({ metadata }) => launched.get(metadata.uid) ?? Infinity,
    claimChangedMs({ metadata }, processName) {
      const writers = [...(changed.get(metadata.uid) ?? [])]
      const own = writers.find(([by]) => by === processName)?.[1] ?? -Infinity
      return Math.max(...writers.map(([, atMs]) => (atMs <= own ? -Infinity : atMs)))
    },
    lastDisturbanceMs: () => disturbedMs,
    lastUsedMs: ({ metadata, status }) =>
      Math.max(
        used.get(status.nodeName ?? '') ?? 0,
        used.get(metadata.name) ?? 0,
        Date.parse(metadata.creationTimestamp),
      ),
  }
}

function emptyRecord(pod: Pod): PodRecord {
  const never = undefined
  return {
    pod,
    boundAtMs: never,
    pinnedAtMs: never,
    pinnedBy: never,
    demandedAtMs: never,
    demandEndedAtMs: never,
    goneAtMs: never,
  }
}

export function hasGate(pod: Pod | undefined): boolean {
  return pod?.spec.schedulingGates?.some(({ name }) => name === GATE_NAME) === true
}

function isOnlyGated(pod: Pod): boolean {
  return hasGate(pod) && pod.spec.schedulingGates?.length === 1
}

/** The claim or the hostname that it is held to. */
export function pinOf({ spec }: Pod): string | undefined {
  return spec.nodeSelector?.['kaito.sh/claim'] ?? spec.nodeSelector?.['kubernetes.io/hostname']
}

export function isUsable(node: Node): boolean {
  return (
    isTrue(node, 'Ready') &&
    !isLeaving(node) &&
    node.spec.unschedulable !== true &&
    !isTainted(node) &&
    node.status.allocatable['nvidia.com/gpu'] !== undefined
  )
}

/** With anything but what keeps pods without GPUs away. */
function isTainted({ spec }: Node): boolean {
  return (spec.taints ?? []).some(({ key }) => key !== 'sku')
}

/** The node of a claim. */
export function nodeOf(api: ApiServer, { status }: Claim): Node | undefined {
  return status.nodeName === undefined ? undefined : api.find('nodes', { name: status.nodeName })
}

export function isReadyClaim(claim: Claim): boolean {
  return conditionOf(claim, 'Ready')?.status === 'True'
}
