// What the controller needs from outside; src/kube and src/ops implement it, tests and the simulator too. Objects are raw
// JSON in and out. What a call rejects with is asked of `Failures`.
import type { JsonObject } from './api/json.ts'

/** Where a resource is served: `/api/v1` `pods`, `/apis/karpenter.sh/v1` `nodeclaims`. */
export interface ResourcePath {
  readonly base: string
  readonly resource: string
}

/** Which object of a resource. */
export interface ObjectName {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** How a patch is meant; its content type follows. */
export type PatchType = 'json-patch' | 'merge-patch' | 'strategic-merge-patch'

/** The time, so that tests can set it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

/** Writes and the few direct reads; each resolves to the object as it is now (of a deletion: the object or its Status). */
export interface ClusterClient {
  create(path: ResourcePath, namespace: string, object: JsonObject): Promise<JsonObject>
  patch(
    path: ResourcePath,
    name: ObjectName,
    type: PatchType,
    body: JsonObject | readonly JsonObject[],
    subresource?: 'status',
  ): Promise<JsonObject>
  delete(
    path: ResourcePath,
    name: ObjectName,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
  ): Promise<JsonObject>
  /** POST to pods/eviction. */
  evict(pod: ObjectName, uid: string): Promise<JsonObject>
  list(
    path: ResourcePath,
    query: Readonly<Record<string, string>>,
    namespace?: string,
  ): Promise<readonly JsonObject[]>
  get(path: ResourcePath, name: ObjectName): Promise<JsonObject>
}

/** Told of every object of a watched resource. */
export interface WatchHandler {
  /** The object is there, in this version. */
  onObject(object: JsonObject): void
  /** It is gone; `object` is its last state. */
  onDeleted(object: JsonObject): void
  /** A full list begins. */
  onListStart(): void
  /**
   * It ends: what it has not named was gone at the moment of this version (the handler works that out). Undefined: the
   * resource is not served, there is nothing.
   */
  onListEnd(resourceVersion: string | undefined): void
}

/** What is watched, in all namespaces. */
export interface WatchTarget {
  readonly path: ResourcePath
  /** labelSelector, fieldSelector. */
  readonly query?: Readonly<Record<string, string>>
}

/** What the controller tells apart; what follows from each is in controller/work-queue.ts. */
export type FailureKind =
  'transient' | 'disruption-budget' | 'conflict' | 'already-exists' | 'not-found' | 'refused' | 'bug'

/** An error, understood. */
export interface Failure {
  /** refused: invalid, forbidden, or denied by an admission webhook or a quota: the same again will fail again. */
  readonly kind: FailureKind
  readonly message: string
  /** What the server asked for. */
  readonly retryAfterMs?: number
}

/** Errors → what to do about them, so that nobody reads messages. */
export interface Failures {
  classify(error: unknown): Failure
}

/** What an Event is about. */
export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** Says something to whoever looks at an object. */
export interface EventRecorder {
  /** Never rejects and never waits: an Event that cannot be written is counted and dropped. */
  record(event: {
    readonly object: ObjectReference
    readonly type: 'Normal' | 'Warning'
    readonly reason: string
    readonly message: string
  }): void
}

/** What the controller tells of itself: metrics and log. */
export interface ControllerObserver {
  /** A plan was made. */
  planned(round: { readonly durationMs: number; readonly waitingPods: number; readonly claims: number }): void
  /** An action was executed, or failed. */
  executed(action: { readonly type: string; readonly subject: string; readonly failure?: Failure }): void
  leading(isLeader: boolean): void
}
