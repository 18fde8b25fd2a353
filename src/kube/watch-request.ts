// Pipeline: kube. What a watch asks of the API server, and what its answers mean; watch.ts decides what to do about them.
import type { JsonObject } from '../core/api/json.ts'
import type { WatchTarget } from '../core/ports.ts'
import type { KubeClient } from './client.ts'
import { translateResponse } from './errors.ts'
import { parseLines } from './watch-lines.ts'

/** How long one watch may last. */
export interface WatchRequestOptions {
  readonly signal: AbortSignal
  readonly timeoutSeconds: number
  readonly idleTimeoutMs?: number
}

/**
 * The connection counts as broken where the API server has not ended a watch so long after it should have. Shorter silence
 * says nothing: bookmarks are no promise (of Events there are none, seen with 1.35), and dead peers are TCP's business.
 */
const LATE_END_MS = 30_000
const WATCH = { watch: 'true', allowWatchBookmarks: 'true' }

/** The changes since this version, as the API server words them: `{type, object}`. */
export async function openWatch(
  client: KubeClient,
  target: WatchTarget,
  resourceVersion: string,
  options: WatchRequestOptions,
): Promise<AsyncIterable<JsonObject>> {
  const { signal, timeoutSeconds } = options
  const { idleTimeoutMs = timeoutSeconds * 1000 + LATE_END_MS } = options
  const query = { ...target.query, ...WATCH, resourceVersion, timeoutSeconds: String(timeoutSeconds) }
  const request = { method: 'GET', path: collectionOf(target), query } as const
  return parseLines(await client.stream(request, { signal, idleTimeoutMs }))
}

/** Spread, so that watches which began together do not end together. */
export function randomTimeoutSeconds(random: () => number): number {
  return Math.round(300 * (1 + random()))
}

/**
 * A watch from a resourceVersion of the future, as they are after a restore of etcd, is accepted and never says a word
 * (seen with 1.35); a list that must not be older is refused with what GoneError stands for. It asks for no object at all.
 */
export async function ensureVersionIsKnown(
  client: KubeClient,
  target: WatchTarget,
  resourceVersion: string,
): Promise<void> {
  const nothing = { fieldSelector: 'metadata.name=kaito-native', limit: '1' }
  const query = { ...nothing, resourceVersion, resourceVersionMatch: 'NotOlderThan' }
  await client.request({ method: 'GET', path: collectionOf(target), query })
}

/** The object of an ERROR is a Status, as the body of a refused request is. */
export function watchError(target: WatchTarget, status: JsonObject): Error {
  const code = Number(status['code'] ?? 500)
  return translateResponse(`watching ${collectionOf(target)}`, { status: code, body: JSON.stringify(status) })
}

/** The path of the whole resource, in all namespaces. */
export function collectionOf({ path }: WatchTarget): string {
  return `${path.base}/${path.resource}`
}
