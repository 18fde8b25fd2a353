// Simulator: watches. Each resource has a stream of its own with its own delay, so that news of different kinds overtake
// each other; within one kind the order stays. A stream that loses its place lists again: the list is of one moment, and
// arrives page by page at later ones.
import type { JsonObject } from '../../../src/core/api/json.ts'
import type { Feed } from '../../../src/controller/cluster-cache.ts'
import type { ApiServer, Change } from '../api/api-server.ts'
import type { AnyObject, Resource } from '../api/objects.ts'
import { matchesFields, matchesLabels } from '../api/selectors.ts'
import type { Random } from '../world/random.ts'
import type { Faults } from './faults.ts'

export interface Stream {
  readonly resource: Resource
  /** Everything that happened until then has been told. */
  knownUntilMs(): number
  isSynced(): boolean
  /** Its place is gone (410): it lists again. */
  lose(): void
  close(): void
}

export interface StreamParts {
  readonly api: ApiServer
  readonly random: Random
  readonly faults: () => Faults
  /** The network is gone until then: nothing is told before. */
  readonly silentUntilMs: () => number
  readonly enter: (run: () => void) => void
}

interface News {
  readonly happenedMs: number
  readonly dueMs: number
  tell(): void
}

/** Of the lists after a place was lost: they are asked for, or answered, late. */
const SLOW_LISTS = 0.3
const PAGE_ITEMS = 3
const PAGE_MS = 200

/** Lists at once, then watches. */
export function openStream(feed: Feed, parts: StreamParts): Stream {
  const { api, random, faults, enter, silentUntilMs } = parts
  const { world } = api
  const { handler, target } = feed
  const resource = (target.path.resource === 'machines' ? 'nodeclaims' : target.path.resource) as Resource
  const matches = (object: AnyObject): boolean =>
    matchesLabels(object, target.query?.['labelSelector']) &&
    matchesFields(object, target.query?.['fieldSelector'])
  let queue: News[] = []
  let isOpen = true
  let isSynced = false
  let lastDueMs = 0
  /** Since when it has lost its place: what happens until the list is read is told by the list alone. */
  let lostSinceMs: number | undefined
  const deliver = (): void => {
    while (queue[0] !== undefined && queue[0].dueMs <= world.now()) queue.shift()?.tell()
  }
  const push = (delayMs: number, tell: () => void, happenedMs = world.now()): void => {
    const dueMs = Math.max(lastDueMs, silentUntilMs(), world.now() + delayMs)
    lastDueMs = dueMs
    queue.push({ happenedMs, dueMs, tell })
    world.after(dueMs - world.now(), () => enter(deliver))
  }
  const list = (): void => {
    lostSinceMs = queue[0]?.happenedMs ?? world.now()
    queue = []
    world.after(listDelayMs(), readList)
  }
  /** Asking may fail for a while. */
  const listDelayMs = (): number =>
    isSynced && random.chance(SLOW_LISTS) ? random.between(1000, 10_000) : random.between(5, 200)
  const readList = (): void => {
    if (!isOpen) return
    const version = String(api.version())
    const items = api.all(resource).filter(matches)
    push(listDelayMs(), () => handler.onListStart(), lostSinceMs)
    for (let start = 0; start < items.length; start += PAGE_ITEMS) {
      const page = items.slice(start, start + PAGE_ITEMS)
      const tell = (): void => page.forEach(item => handler.onObject(asJson(item)))
      push(random.between(0, PAGE_MS), tell, lostSinceMs)
    }
    push(0, () => endList(version), lostSinceMs)
    lostSinceMs = undefined
  }
  const endList = (version: string): void => {
    handler.onListEnd(version)
    isSynced = true
  }
  const follow = (change: Change): void => {
    if (!isOpen || lostSinceMs !== undefined || change.resource !== resource) return
    const [is, was] = [matches(change.object), change.previous !== undefined && matches(change.previous)]
    if (!is && !was) return
    const { stallRate, relistRate, duplicateRate } = faults()
    const [stalls, loses, repeats] = [random.next(), random.next(), random.next()]
    const delayMs = stalls < stallRate ? random.between(1000, 20_000) : random.between(2, 60)
    if (loses < relistRate) return list()
    const tell = (): void =>
      is && change.type !== 'DELETED'
        ? handler.onObject(asJson(change.object))
        : handler.onDeleted(asJson(change.object))
    push(delayMs, tell)
    if (repeats < duplicateRate) push(0, tell)
  }
  api.onChange(follow)
  list()
  return {
    resource,
    isSynced: () => isSynced,
    lose: list,
    knownUntilMs: () => (lostSinceMs ?? queue[0]?.happenedMs ?? world.now()) - 1,
    close() {
      isOpen = false
      queue = []
    },
  }
}

function asJson(object: AnyObject): JsonObject {
  return object as unknown as JsonObject
}
