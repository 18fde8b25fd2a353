// Shell: controller. The caches that the planner looks at: projections of watched objects, by uid. Answers to our own
// writes are put in at once, so that the next plan sees them; an older version never replaces a newer one.
import type { ObservedObject } from '../core/workload/observed.ts'
import type { JsonObject } from '../core/api/json.ts'
import type { WatchHandler } from '../core/ports.ts'
import { stringAt, objectAt } from '../core/api/json.ts'

type Versioned = Pick<ObservedObject, 'uid' | 'resourceVersion'>

/** Projections of one resource, by uid. */
export interface Cache<T extends Versioned> {
  readonly objects: ReadonlyMap<string, T>
  /** For the watch. */
  readonly handler: WatchHandler
  /** The API server's answer to a write of ours. */
  written(object: JsonObject): void
  /** We were told that it is gone. */
  forget(uid: string): void
}

/** What is kept, and who is told. */
export interface CacheOptions<T> {
  /** Undefined: of no interest (any more). */
  readonly project: (object: JsonObject) => T | undefined
  /** `next` undefined: it is gone. Called only where something that is remembered has changed. */
  readonly onChange: (uid: string, previous: T | undefined, next: T | undefined) => void
}

/** An empty cache. */
export function createCache<T extends Versioned>({ project, onChange }: CacheOptions<T>): Cache<T> {
  const objects = new Map<string, T>()
  const gone = createDepartures()
  let listed: Set<string> | undefined
  // Known from answers to our own writes alone: a list that is under way may be of the moment before.
  const unheard = new Set<string>()
  // Of what the watch or a list has told: what is older and was not named has come and gone in between.
  let heardUntil = '0'

  const forget = (uid: string, atVersion = NEVER_AGAIN): void => {
    gone.add(uid, atVersion)
    unheard.delete(uid)
    const previous = objects.get(uid)
    if (previous === undefined) return
    objects.delete(uid)
    onChange(uid, previous, undefined)
  }
  const put = (object: JsonObject): void => {
    const uid = uidOf(object)
    const version = versionOf(object)
    if (uid === '' || !gone.isBack(uid, version)) return
    const previous = objects.get(uid)
    if (previous !== undefined && !isNewer(version, previous.resourceVersion)) return
    const next = project(object)
    if (next !== undefined) objects.set(uid, next)
    else if (previous === undefined || !objects.delete(uid)) return
    onChange(uid, previous, next)
  }
  const hear = (object: JsonObject): void => {
    const version = versionOf(object)
    if (isNewer(version, heardUntil)) heardUntil = version
  }
  /** Once: the watch that follows tells of it, or the next list names it. */
  const outlivesList = (uid: string, madeAt: string, listVersion: string | undefined): boolean =>
    unheard.delete(uid) && listVersion !== undefined && isNewer(madeAt, listVersion)
  return {
    objects,
    forget: uid => forget(uid),
    written(object) {
      const uid = uidOf(object)
      const isUnheard = !objects.has(uid)
      put(object)
      if (!isUnheard || !objects.has(uid)) return
      if (isNewer(versionOf(object), heardUntil)) unheard.add(uid)
      else forget(uid, versionOf(object))
    },
    handler: {
      onObject(object) {
        const uid = uidOf(object)
        hear(object)
        unheard.delete(uid)
        listed?.add(uid)
        put(object)
      },
      onDeleted(object) {
        hear(object)
        forget(uidOf(object), versionOf(object))
      },
      onListStart: () => (listed = new Set()),
      onListEnd(resourceVersion) {
        const seen = listed ?? new Set<string>()
        listed = undefined
        heardUntil = resourceVersion ?? heardUntil
        for (const [uid, known] of objects)
          if (!seen.has(uid) && !outlivesList(uid, known.resourceVersion, resourceVersion)) forget(uid)
      },
    },
  }
}

function uidOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'uid') ?? ''
}

function versionOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'resourceVersion') ?? ''
}

/** How many deleted objects are remembered: the answer to a write of ours may arrive after the news of the deletion. */
const RECENT = 4096
/** Greater than any version. */
const NEVER_AGAIN = '9'.repeat(24)

interface Departures {
  add(uid: string, atVersion: string): void
  /** An object whose labels no watch selected any more, which is told as a deletion, has a newer version when it is back. */
  isBack(uid: string, version: string): boolean
}

function createDepartures(): Departures {
  const versions = new Map<string, string>()
  return {
    add(uid, atVersion) {
      versions.set(uid, atVersion)
      const [oldest] = versions.keys()
      if (versions.size > RECENT && oldest !== undefined) versions.delete(oldest)
    },
    isBack(uid, version) {
      const atVersion = versions.get(uid)
      return atVersion === undefined || isNewer(version, atVersion)
    },
  }
}

/**
 * Since Kubernetes 1.35 resource versions may be compared: decimal numbers without leading zeros (KEP-5504). Before that
 * they were such numbers as well.
 */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length
}
