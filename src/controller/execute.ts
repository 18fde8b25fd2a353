// Shell: controller. One action of the plan → its call of the API server, its Event, and the answer put into the caches.
// Each may be repeated: names are deterministic, patches test what they change, deletions name uid and version.
import type { JsonObject } from '../core/api/json.ts'
import { CLAIM_LABEL, IDLE_SINCE_ANNOTATION, WORKLOAD_UID_LABEL } from '../core/claim/backends/claim-keys.ts'
import type { ObservedClaim } from '../core/claim/observation.ts'
import type { Action, ClaimReason } from '../core/claim/plan.ts'
import { projectClaim } from '../core/claim/project-claim.ts'
import { isForeignPod, projectPod } from '../core/claim/project-pod.ts'
import type { ObservedObject, ObservedWorkload } from '../core/workload/observed.ts'
import type { ClusterClient, EventRecorder, Failures, ObjectReference, ResourcePath } from '../core/ports.ts'
import { PODS } from '../core/resource-paths.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { Task } from './work-queue.ts'

/** What executing needs. */
export interface ExecuteDependencies {
  readonly client: ClusterClient
  readonly cache: ClusterCache
  readonly events: EventRecorder
  readonly failures: Failures
  /** Where claims are served. */
  readonly claims: ResourcePath
  readonly workload: (uid: string | undefined) => ObservedWorkload | undefined
}

type Of<T extends Action['type']> = Extract<Action, { readonly type: T }>

/** The action as a task of the queue. */
export function taskOf(action: Action, dependencies: ExecuteDependencies): Task {
  const subject = subjectOf(action)
  return { key: keyOf(action), type: action.type, subject, run: () => execute(action, dependencies) }
}

/** One key for everything that is done to one pod or one claim, so that two steps never overtake each other. */
export function keyOf(action: Action): string {
  if (action.type === 'create-claim') return claimKey(action.name)
  return 'pod' in action ? `pod ${action.pod.uid}` : claimKey(action.claim.name)
}

/** Of everything that is done to the claim of this name. */
export function claimKey(name: string): string {
  return `claim ${name}`
}

function subjectOf(action: Action): string {
  if (action.type === 'create-claim') return action.name
  return 'pod' in action ? `${action.pod.namespace}/${action.pod.name}` : action.claim.name
}

async function execute(action: Action, dependencies: ExecuteDependencies): Promise<void> {
  if (action.type === 'create-claim') return createClaim(action, dependencies)
  if (action.type === 'bind-pod') return openGate(action, 'NodeAssigned', dependencies)
  if (action.type === 'open-gate') return openGate(action, 'GateOpened', dependencies)
  if (action.type === 'evict-pod') return evictPod(action, dependencies)
  if (action.type === 'delete-claim') return deleteClaim(action, dependencies)
  if (action.type === 'label-claim') {
    const { claim } = action
    return patchClaim(claim, { labels: { [CLAIM_LABEL]: claim.name } }, dependencies)
  }
  const { claim, value } = action
  return patchClaim(claim, { annotations: { [IDLE_SINCE_ANNOTATION]: value ?? null } }, dependencies)
}

async function createClaim(action: Of<'create-claim'>, dependencies: ExecuteDependencies): Promise<void> {
  const { client, cache, claims, events, failures, workload } = dependencies
  try {
    cache.written(claims.resource, await client.create(claims, '', action.object))
  } catch (error) {
    if (failures.classify(error).kind !== 'already-exists') throw error
    const found = await client.get(claims, { namespace: '', name: action.name })
    // Somebody has taken our label away, or the name: no watch would ever show it, and it would be asked for for ever.
    if (projectClaim(found) === undefined) throw error
    // Ours, from before a crash or of the leader before us, and not in the cache yet.
    cache.written(claims.resource, found)
    return
  }
  const owner = workload(action.workloadUid)
  if (owner === undefined) return
  const { message } = action
  events.record({ object: workloadReference(owner), type: 'Normal', reason: 'ClaimCreated', message })
}

async function openGate(
  action: Of<'bind-pod' | 'open-gate'>,
  reason: ClaimReason,
  dependencies: ExecuteDependencies,
): Promise<void> {
  const { client, cache, events } = dependencies
  const { pod, operations, message } = action
  const written = await orGone(dependencies, PODS, pod, () =>
    client.patch(PODS, pod, 'json-patch', operations),
  )
  if (written === undefined) return
  cache.written(PODS.resource, written)
  events.record({ object: podReference(pod), type: 'Normal', reason, message })
}

async function evictPod(action: Of<'evict-pod'>, dependencies: ExecuteDependencies): Promise<void> {
  const { client, cache, events } = dependencies
  const { pod, reason, message } = action
  const evict = () => client.evict(pod, pod.uid).catch(sayRefused(action, dependencies))
  const done = await orGone(dependencies, PODS, pod, evict)
  if (done === undefined) return
  events.record({ object: podReference(pod), type: 'Warning', reason, message })
  // The answer is not the pod: without a look the next round might evict it again.
  const left = await orGone(dependencies, PODS, pod, () => client.get(PODS, pod))
  if (left !== undefined) cache.written(PODS.resource, left)
}

/** A budget is its owner's word: the queue asks again later and later, and whoever wonders reads why nothing happens. */
function sayRefused(
  { pod, workloadUid, message: cause }: Of<'evict-pod'>,
  { events, failures, workload }: ExecuteDependencies,
): (error: unknown) => never {
  return error => {
    const { kind, message } = failures.classify(error)
    if (kind === 'disruption-budget' || kind === 'refused') {
      const said = { type: 'Warning', reason: 'EvictionRefused' } as const
      events.record({ ...said, object: podReference(pod), message: `${cause}, but ${message}` })
      const owner = workload(workloadUid)
      if (owner !== undefined)
        events.record({ ...said, object: workloadReference(owner), message: `pod ${pod.name}: ${message}` })
    }
    throw error
  }
}

/**
 * Between the last look of the watch and now a pod may have come: the API server is asked once more, and the deletion names
 * the version that we have seen, so that what is deleted is what was judged.
 */
async function deleteClaim(action: Of<'delete-claim'>, dependencies: ExecuteDependencies): Promise<void> {
  const { client, cache, claims, events, workload } = dependencies
  const { claim, nodeName, expectEmpty, reason, message } = action
  if (expectEmpty && nodeName !== undefined && (await hasPods(client, nodeName))) return
  const { uid, resourceVersion } = claim
  const done = await orGone(dependencies, claims, claim, () =>
    client.delete(claims, claim, { uid, resourceVersion }),
  )
  if (done === undefined) return
  cache.written(claims.resource, done)
  const owner = workload(claim.labels[WORKLOAD_UID_LABEL])
  const type = reason === 'NodeReleased' ? 'Normal' : 'Warning'
  if (owner !== undefined) events.record({ object: workloadReference(owner), type, reason, message })
}

/** Pods that a deletion of the node would disturb. */
async function hasPods(client: ClusterClient, nodeName: string): Promise<boolean> {
  const pods = await client.list(PODS, { fieldSelector: `spec.nodeName=${nodeName}` })
  return pods.some(raw => {
    const pod = projectPod(raw)
    return pod !== undefined && !(isForeignPod(pod) && pod.isNodeBound)
  })
}

async function patchClaim(
  claim: ObservedClaim,
  metadata: JsonObject,
  dependencies: ExecuteDependencies,
): Promise<void> {
  const { client, cache, claims } = dependencies
  const written = await orGone(dependencies, claims, claim, () =>
    client.patch(claims, claim, 'merge-patch', { metadata }),
  )
  if (written !== undefined) cache.written(claims.resource, written)
}

/** What is not there any more needs no write; the cache learns it at once. */
async function orGone(
  { cache, failures }: ExecuteDependencies,
  path: ResourcePath,
  object: ObservedObject,
  write: () => Promise<JsonObject>,
): Promise<JsonObject | undefined> {
  try {
    return await write()
  } catch (error) {
    if (failures.classify(error).kind !== 'not-found') throw error
    cache.forget(path.resource, object.uid)
    return undefined
  }
}

/** For Events about a pod. */
export function podReference({ namespace, name, uid }: ObservedObject): ObjectReference {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid }
}

/** For Events about a workload. */
export function workloadReference(workload: ObservedWorkload): ObjectReference {
  const { apiVersion, kind, namespace, name, uid } = workload
  return { apiVersion, kind, namespace, name, uid }
}
