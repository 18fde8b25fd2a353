// Simulator: the API server's store. Optimistic concurrency, preconditions, finalizers, graceful deletion, one sequence of
// resource versions; every change is told to whoever listens (watches, actors, invariants), in that order.
import type { World } from '../world/world.ts'
import {
  formatTimestamp,
  isLeaving,
  keyOf,
  RESOURCES,
  type AnyObject,
  type Metadata,
  type Objects,
  type Resource,
} from './objects.ts'
import { alreadyExists, conflict, notFound } from './status-error.ts'

export interface Change<R extends Resource = Resource> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: R
  readonly object: Objects[R]
  readonly previous: Objects[R] | undefined
  /** Who wrote. */
  readonly by: string
  readonly atMs: number
}

export interface Target {
  readonly namespace?: string | undefined
  readonly name: string
}

export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

export interface DeleteOptions extends Preconditions {
  /** Of a pod; its own if absent. */
  readonly graceSeconds?: number
  readonly foreground?: boolean
}

/** An object as a client sends it: the server fills in the rest of its metadata. */
export type Draft<R extends Resource> = Omit<Objects[R], 'metadata'> & {
  readonly metadata: Pick<Metadata, 'name'> & Partial<Metadata>
}

export interface ApiServer {
  readonly world: World
  all<R extends Resource>(resource: R): readonly Objects[R][]
  find<R extends Resource>(resource: R, target: Target): Objects[R] | undefined
  byUid<R extends Resource>(resource: R, uid: string): Objects[R] | undefined
  /** Of the newest write. */
  version(): number
  create<R extends Resource>(by: string, resource: R, draft: Draft<R>): Objects[R]
  /** Undefined from `change`: nothing to do. Throws NotFound; writes nothing where nothing changes. */
  update<R extends Resource>(
    by: string,
    resource: R,
    target: Target,
    change: (current: Objects[R]) => Objects[R],
  ): Objects[R]
  remove<R extends Resource>(by: string, resource: R, target: Target, options?: DeleteOptions): Objects[R]
  onChange(listener: (change: Change) => void): void
}

type Store = Record<string, Map<string, AnyObject>>

export function createApiServer(world: World): ApiServer {
  const store: Store = Object.fromEntries(RESOURCES.map(resource => [resource, new Map<string, AnyObject>()]))
  const lists = new Map<Resource, readonly AnyObject[]>()
  const listeners: ((change: Change) => void)[] = []
  let version = 1000
  let made = 0
  const collection = (resource: Resource): Map<string, AnyObject> => store[resource] ?? new Map()
  const find = <R extends Resource>(resource: R, target: Target) =>
    collection(resource).get(`${target.namespace ?? ''}/${target.name}`) as Objects[R] | undefined
  const told = (change: Change): void => {
    lists.delete(change.resource)
    for (const listener of listeners) listener(change)
  }
  const put = <R extends Resource>(
    by: string,
    resource: R,
    next: Objects[R],
    previous?: Objects[R],
  ): Objects[R] => {
    version += 1
    const metadata = { ...next.metadata, resourceVersion: String(version) }
    const object = { ...next, metadata } as Objects[R]
    const isGone = previous !== undefined && isFinished(object)
    if (isGone) collection(resource).delete(keyOf(object))
    else collection(resource).set(keyOf(object), object)
    const type = isGone ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED'
    told({ type, resource, object, previous, by, atMs: world.now() })
    return object
  }
  const require = <R extends Resource>(resource: R, target: Target): Objects[R] => {
    const found = find(resource, target)
    if (found === undefined) throw notFound(resource, target.name)
    return found
  }
  return {
    world,
    find,
    version: () => version,
    all<R extends Resource>(resource: R) {
      const known = lists.get(resource) ?? [...collection(resource).values()]
      lists.set(resource, known)
      return known as readonly Objects[R][]
    },
    byUid<R extends Resource>(resource: R, uid: string) {
      return this.all(resource).find(({ metadata }) => metadata.uid === uid)
    },
    create(by, resource, draft) {
      if (find(resource, draft.metadata) !== undefined) throw alreadyExists(resource, draft.metadata.name)
      made += 1
      const metadata = {
        ...draft.metadata,
        uid: `uid-${made}`,
        resourceVersion: '',
        creationTimestamp: formatTimestamp(world.now()),
        generation: 1,
      }
      return put(by, resource, { ...draft, metadata } as unknown as Objects[typeof resource])
    },
    update(by, resource, target, change) {
      const current = require(resource, target)
      const next = change(current)
      if (next === current) return current
      const generation = (current.metadata.generation ?? 0) + Number(specOf(next) !== specOf(current))
      return put(by, resource, { ...next, metadata: { ...next.metadata, generation } }, current)
    },
    remove(by, resource, target, options = {}) {
      const current = require(resource, target)
      check(resource, current, options)
      const leaving = leave(current, resource, options, world.now())
      return leaving === current ? current : put(by, resource, leaving, current)
    },
    onChange: listener => void listeners.push(listener),
  }
}

function specOf(object: AnyObject): unknown {
  return 'spec' in object ? object.spec : undefined
}

function check(resource: Resource, { metadata }: AnyObject, { uid, resourceVersion }: Preconditions): void {
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(resource, metadata.name, `Precondition failed: UID in precondition: ${uid}`)
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(resource, metadata.name, `Precondition failed: ResourceVersion: ${resourceVersion}`)
}

/** Nothing holds it any more: no finalizer, and for a pod no grace. */
function isFinished(object: AnyObject): boolean {
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata
  return isLeaving(object) && finalizers.length === 0 && deletionGracePeriodSeconds === 0
}

function leave<T extends AnyObject>(
  current: T,
  resource: Resource,
  options: DeleteOptions,
  nowMs: number,
): T {
  const { metadata } = current
  const graceSeconds = resource === 'pods' ? graceOf(current, options) : 0
  const isShorter = graceSeconds < (metadata.deletionGracePeriodSeconds ?? Infinity)
  const finalizers = [
    ...(metadata.finalizers ?? []),
    ...(options.foreground === true && !isLeaving(current) ? ['foregroundDeletion'] : []),
  ]
  if (isLeaving(current) && !isShorter) return current
  return {
    ...current,
    metadata: {
      ...metadata,
      finalizers,
      deletionTimestamp: formatTimestamp(nowMs + graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
    },
  }
}

/** A pod that no kubelet knows goes at once: pkg/registry/core/pod/strategy.go, CheckGracefulDelete. */
function graceOf(object: AnyObject, { graceSeconds }: DeleteOptions): number {
  const pod = object as Objects['pods']
  const { phase } = pod.status
  if (pod.spec.nodeName === undefined || phase === 'Succeeded' || phase === 'Failed') return 0
  return graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
}
