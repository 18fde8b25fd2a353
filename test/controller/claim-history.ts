// What happened to pods and claims, in the order of the API server's own versions, and the judgement on every claim: when
// it was made, was there a pod for which there was no room anywhere else?
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { GPU } from '../../src/core/api/resources.ts'
import { idleSinceMs } from '../../src/core/claim/claim-state.ts'
import { projectClaim } from '../../src/core/claim/project-claim.ts'
import { isForeignPod, projectPod } from '../../src/core/claim/project-pod.ts'
import type { ResourcePath, WatchHandler } from '../../src/core/ports.ts'
import { createKubeClient } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { watchResource } from '../../src/kube/watch.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'

export interface SeenPod {
  readonly isGated: boolean
  /** The claim that it is pinned to. */
  readonly pin?: string | undefined
  readonly types: readonly string[]
  readonly gpus: number
}

export interface SeenClaim {
  readonly name: string
  readonly types: readonly string[]
  readonly isLeaving: boolean
  /** What its mark says. */
  readonly idleSinceMs?: number | undefined
}

interface Sighting {
  readonly uid: string
  /** One sequence for all resources: they are in one etcd. */
  readonly version: number
  readonly atMs: number
}

/** `undefined`: it is gone (a pod also when it has ended). */
export type Sight = Sighting &
  ({ readonly pod: SeenPod | undefined } | { readonly claim: SeenClaim | undefined })

export interface ClaimHistory extends AsyncDisposable {
  readonly sights: readonly Sight[]
}

/** So much may lie between what is so and what a controller can know and have written. */
const LAG_MS = 2000

/** Watches until it is disposed of. */
export async function recordClaims(
  plane: ControlPlane,
  claims: ResourcePath = { base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' },
): Promise<ClaimHistory> {
  const client = createKubeClient(loadKubeConfig(plane.kubeconfig))
  const stop = new AbortController()
  const sights: Sight[] = []
  const record = (path: ResourcePath, see: (raw: JsonObject) => object) => {
    const handler = handlerOf((raw, isGone) => {
      const metadata = objectAt(raw, 'metadata')
      const version = Number(stringAt(metadata, 'resourceVersion'))
      const sighting = { uid: stringAt(metadata, 'uid') ?? '', version, atMs: Date.now() }
      sights.push({ ...sighting, ...see(isGone ? {} : raw) } as Sight)
    })
    return watchResource(client, { path }, handler, { signal: stop.signal, observer: SILENT })
  }
  const watches = [
    record({ base: '/api/v1', resource: 'pods' }, raw => ({ pod: seePod(raw) })),
    record(claims, raw => ({ claim: seeClaim(raw) })),
  ]
  await Promise.all(watches.map(({ synced }) => synced))
  return {
    sights,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(watches.map(({ ended }) => ended))
      client.close()
    },
  }
}

const SILENT = {
  onList: () => undefined,
  onRestart: () => undefined,
  onFailure: () => undefined,
  onNotServed: () => undefined,
  onHandlerError(_target: unknown, error: unknown) {
    throw error
  },
}

function handlerOf(see: (raw: JsonObject, isGone: boolean) => void): WatchHandler {
  return {
    onObject: raw => see(raw, false),
    onDeleted: raw => see(raw, true),
    onListStart: () => undefined,
    onListEnd: () => undefined,
  }
}

function seePod(raw: JsonObject): SeenPod | undefined {
  const pod = projectPod(raw)
  if (pod === undefined || isForeignPod(pod)) return undefined
  return {
    isGated: pod.gates.length > 0,
    pin: pod.nodeSelector['kaito.sh/claim'],
    types: pod.placement?.instanceTypes ?? [],
    gpus: pod.requests[GPU] ?? 0,
  }
}

/** Once it is launched, the type that the provisioner has chosen. */
function seeClaim(raw: JsonObject): SeenClaim | undefined {
  const claim = projectClaim(raw)
  if (claim === undefined) return undefined
  const chosen = claim.labels['node.kubernetes.io/instance-type']
  const types = chosen === undefined ? claim.instanceTypes : [chosen]
  const isLeaving = claim.deletedAtMs !== undefined
  return { name: claim.name, types, isLeaving, idleSinceMs: idleSinceMs(claim) }
}

type GpusOfType = (type: string) => number

/** Claims that were made although every waiting pod could have had room in those that there were, and where: `NAME: …`. */
export function unneededClaims(history: readonly Sight[], gpusOfType: GpusOfType): readonly string[] {
  const sights = history.toSorted((left, right) => left.version - right.version)
  const leavesAtMs = departures(sights)
  const pins = firstPins(sights)
  const pods = new Map<string, { pod: SeenPod; goneAtMs: number }>()
  const claims = new Map<string, SeenClaim>()
  const unneeded: string[] = []
  for (const sight of sights) {
    if ('pod' in sight) {
      const known = pods.get(sight.uid)
      if (sight.pod !== undefined) pods.set(sight.uid, { pod: sight.pod, goneAtMs: Infinity })
      else if (known !== undefined) known.goneAtMs = Math.min(known.goneAtMs, sight.atMs)
      continue
    }
    const { claim, uid, atMs } = sight
    if (claim !== undefined && !claims.has(uid)) {
      const counted = [...pods].filter(([, { goneAtMs }]) => goneAtMs + LAG_MS > atMs)
      // Places that were given to other pods with the same plan are seen a moment later; or they came free only then.
      const soon = counted.map(([podUid, { pod }]) => {
        const pinned = pins.get(podUid)
        const isSoon = pinned !== undefined && pinned.atMs - LAG_MS < atMs
        return isSoon && pinned.pod.pin !== claim.name ? pinned.pod : pod
      })
      const others = [...claims]
        .filter(([other]) => (leavesAtMs.get(other) ?? Infinity) - LAG_MS > atMs)
        .map(([, known]) => known)
      const then = { pods: counted.map(([, { pod }]) => pod), others, gpusOfType }
      const isOne = isNeeded(claim, then) || isNeeded(claim, { ...then, pods: soon })
      if (!isOne) unneeded.push(`${claim.name}: ${describe(claim, then)}`)
    }
    if (claim === undefined) claims.delete(uid)
    else claims.set(uid, claim)
  }
  return unneeded
}

/** How things stood when a claim was made. */
interface Moment {
  readonly pods: readonly SeenPod[]
  readonly others: readonly SeenClaim[]
  readonly gpusOfType: GpusOfType
}

function describe(made: SeenClaim, moment: Moment): string {
  const waiting = moment.pods.filter(({ isGated }) => isGated)
  const wants = waiting.map(({ gpus, types }) => `${gpus} × ${types.join(' or ')}`)
  const room = roomIn(moment).filter(({ gpus }) => gpus > 0)
  const has = room.map(({ claim, gpus }) => `${claim.name} (${claim.types.join(' or ')}, ${gpus} free)`)
  return `a ${made.types.join(' or ')}, while pods wait for ${wants.join(', ') || 'nothing'}, with room in ${has.join(', ') || 'nothing'}`
}

function firstPins(
  sights: readonly Sight[],
): ReadonlyMap<string, { readonly pod: SeenPod; readonly atMs: number }> {
  const pins = new Map<string, { pod: SeenPod; atMs: number }>()
  for (const sight of sights) {
    if (!('pod' in sight) || sight.pod?.pin === undefined || pins.has(sight.uid)) continue
    pins.set(sight.uid, { pod: sight.pod, atMs: sight.atMs })
  }
  return pins
}

function departures(sights: readonly Sight[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const sight of sights) {
    const isLeaving = 'claim' in sight && sight.claim?.isLeaving !== false
    if (isLeaving && !times.has(sight.uid)) times.set(sight.uid, sight.atMs)
  }
  return times
}

/** Greedy, the choosiest pods first: where that does not find room that there is, the judgement is only milder. */
function isNeeded(made: SeenClaim, moment: Moment): boolean {
  const free = roomIn(moment)
  const waiting = moment.pods
    .filter(({ isGated }) => isGated)
    .toSorted((left, right) => left.types.length - right.types.length)
  return waiting.some(pod => {
    const place = free
      .filter(({ claim, gpus }) => suits(claim, pod) && gpus >= pod.gpus)
      .toSorted((left, right) => left.gpus - right.gpus)[0]
    if (place !== undefined) place.gpus -= pod.gpus
    return place === undefined && suits(made, pod)
  })
}

function roomIn({ pods, others, gpusOfType }: Moment): { claim: SeenClaim; gpus: number }[] {
  return others.map(claim => {
    const pinned = pods.filter(({ pin }) => pin === claim.name)
    const used = pinned.reduce((sum, { gpus }) => sum + gpus, 0)
    return { claim, gpus: Math.min(...claim.types.map(gpusOfType)) - used }
  })
}

function suits({ types }: SeenClaim, pod: SeenPod): boolean {
  return types.some(type => pod.types.includes(type))
}
