// Pipeline: kube. How much may be said about one object: a token bucket each, so that one that fails all the time
// neither floods etcd nor hides what others have to say (client-go's EventSourceObjectSpamFilter has the same figures).

/** So many at once … */
const BURST = 25
/** … and then one more each five minutes. */
const REFILL_MS = 5 * 60_000
/** The oldest bucket is forgotten beyond so many. */
const OBJECTS = 4096

/** Token buckets by the uid of an object. */
export interface EventLimits {
  /** Takes a token of this object; false where it has none. */
  take(uid: string, nowMs: number): boolean
}

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

/** All buckets are full. */
export function createEventLimits(): EventLimits {
  const buckets = new Map<string, Bucket>()
  return {
    take(uid, nowMs) {
      const { tokens, atMs } = buckets.get(uid) ?? { tokens: BURST, atMs: nowMs }
      const available = Math.min(BURST, tokens + Math.max(0, nowMs - atMs) / REFILL_MS)
      const allowed = available >= 1
      buckets.delete(uid)
      buckets.set(uid, { tokens: available - (allowed ? 1 : 0), atMs: nowMs })
      dropOldest(buckets, OBJECTS)
      return allowed
    },
  }
}

/** Keeps a Map, which remembers the order of insertion, at this size. */
export function dropOldest(map: Map<string, unknown>, size: number): void {
  const [oldest] = map.keys()
  if (map.size > size && oldest !== undefined) map.delete(oldest)
}
