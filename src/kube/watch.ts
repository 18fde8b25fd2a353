// Pipeline: kube. Keeps a handler told of every object of a resource: a paged list, then a watch from its resourceVersion,
// for ever. Whatever happens on the way is healed here (restart, relist, back-off); only the signal ends it.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { Clock, WatchHandler, WatchTarget } from '../core/ports.ts'
import type { KubeClient } from './client.ts'
import { isGone, isNotFound } from './errors.ts'
import { createPause, type Pause } from './pause.ts'
import { listPages } from './pages.ts'
import { backOffMs, sleepUntil, type Sleep } from './retry.ts'
import {
  collectionOf,
  ensureVersionIsKnown,
  openWatch,
  randomTimeoutSeconds,
  watchError,
} from './watch-request.ts'

/** Told of what a watch goes through, for log and metrics. */
export interface WatchObserver {
  /** A full list begins: the first, or one after the place in the stream of changes was lost. */
  onList(target: WatchTarget): void
  /** A watch goes on where the last one ended. */
  onRestart(target: WatchTarget): void
  /** Listing or watching failed (403 too); it is tried again after `delayMs`. */
  onFailure(target: WatchTarget, error: unknown, delayMs: number): void
  /** The API server does not serve the resource; said once, until it does. */
  onNotServed(target: WatchTarget): void
  /** The handler threw, which is a bug; the watch goes on. */
  onHandlerError(target: WatchTarget, error: unknown): void
}

/** How a watch is led, and who hears of it. */
export interface WatchOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal
  readonly observer: WatchObserver
  /** After this the API server ends a watch; random between 5 and 10 minutes unless given. */
  readonly timeoutSeconds?: number
  /** Silence after which the connection counts as broken; half a minute more than `timeoutSeconds` unless given. */
  readonly idleTimeoutMs?: number
  /** Items a page. */
  readonly pageItems?: number
  /** How soon a resource that is not served is looked for again; 30 s unless given. */
  readonly notServedDelayMs?: number
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly random?: () => number
}

/** A watch under way. */
export interface Watch {
  readonly target: WatchTarget
  /** Resolves after the first full list; also when the resource is not served, which then counts as empty. Never rejects. */
  readonly synced: Promise<void>
  /** Resolves when the signal has ended it. Never rejects. */
  readonly ended: Promise<void>
  /**
   * When the API server last said something about the resource, or the time of the start: epoch milliseconds. Where nothing
   * changes it says nothing until it ends the watch: up to ten minutes are no sign of trouble.
   */
  lastContactAtMs(): number
  /** Ends a wait, for instance because a CRD has just been installed. */
  retryNow(): void
}

const NOT_SERVED_DELAY_MS = 30_000
/** A watch that ends sooner and without a word is refused in a polite way (client-go's reflector counts alike). */
const SHORTEST_WATCH_MS = 500

/** Starts at once. */
export function watchResource(
  client: KubeClient,
  target: WatchTarget,
  handler: WatchHandler,
  options: WatchOptions,
): Watch {
  const { clock = { now: Date.now }, signal, sleep = sleepUntil } = options
  const { promise: synced, resolve: resolveSynced } = Promise.withResolvers<void>()
  const pause = createPause(signal, sleep)
  const state = initialState(clock)
  const run: Run = { client, target, handler, options, clock, pause, state, resolveSynced }
  return {
    target,
    synced,
    ended: runUntilAborted(run),
    lastContactAtMs: () => state.lastContactAtMs,
    retryNow: () => pause.end(),
  }
}

interface State {
  /** A full list was handed over. */
  synced: boolean
  /** Where to watch from; undefined: list first. */
  version: string | undefined
  /** In a row, without a word in between. */
  failures: number
  /** How often in a row the resource was not served. */
  absences: number
  lastContactAtMs: number
  /** A watch was begun from this version before. */
  began: boolean
}

function initialState(clock: Clock): State {
  const lastContactAtMs = clock.now()
  return { synced: false, version: undefined, failures: 0, absences: 0, lastContactAtMs, began: false }
}

interface Run {
  readonly client: KubeClient
  readonly target: WatchTarget
  readonly handler: WatchHandler
  readonly options: WatchOptions
  readonly clock: Clock
  readonly pause: Pause
  readonly state: State
  readonly resolveSynced: () => void
}

async function runUntilAborted(run: Run): Promise<void> {
  const { signal } = run.options
  const { promise: aborted, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  // A request that hangs is left alone then; what it brings is told to nobody.
  while (!signal.aborted) await Promise.race([step(run), aborted])
}

/** Never rejects. */
async function step(run: Run): Promise<void> {
  try {
    run.state.version ??= await listOnce(run)
    await watchOnce(run, run.state.version)
  } catch (error) {
    if (!run.options.signal.aborted) await recover(run, error)
  }
}

async function listOnce(run: Run): Promise<string> {
  const { client, target, handler, options, state } = run
  options.observer.onList(target)
  let version: string | undefined
  for await (const page of listPages(client, collectionOf(target), target.query, options.pageItems)) {
    options.signal.throwIfAborted()
    hear(run)
    if (version === undefined) tell(run, () => handler.onListStart())
    version = page.resourceVersion
    for (const item of page.items) tell(run, () => handler.onObject(item))
  }
  endList(run, version)
  state.absences = 0
  state.began = false
  return version ?? ''
}

function endList(run: Run, version: string | undefined): void {
  tell(run, () => run.handler.onListEnd(version))
  run.state.synced = true
  run.resolveSynced()
}

/** Returns where the API server ended it in an orderly way; throws where it is to be healed. */
async function watchOnce(run: Run, version: string): Promise<void> {
  const { client, target, options, clock, state } = run
  if (state.began) {
    options.observer.onRestart(target)
    await ensureVersionIsKnown(client, target, version)
    hear(run)
  }
  state.began = true
  const { signal } = options
  const timeoutSeconds = options.timeoutSeconds ?? randomTimeoutSeconds(options.random ?? Math.random)
  const events = await openWatch(client, target, version, { ...options, timeoutSeconds })
  hear(run)
  const beganAtMs = clock.now()
  for await (const event of events) {
    if (signal.aborted) return
    hear(run)
    takeEvent(run, event)
    state.failures = 0
  }
  if (state.version === version && clock.now() - beganAtMs < SHORTEST_WATCH_MS)
    throw new Error('the watch ended at once')
  state.failures = 0
}

function takeEvent(run: Run, event: JsonObject): void {
  const { handler, state, target } = run
  const object = objectAt(event, 'object')
  const type = event['type']
  if (type === 'ERROR') throw watchError(target, object)
  if (type === 'ADDED' || type === 'MODIFIED') tell(run, () => handler.onObject(object))
  else if (type === 'DELETED') tell(run, () => handler.onDeleted(object))
  state.version = stringAt(objectAt(object, 'metadata'), 'resourceVersion') ?? state.version
}

async function recover(run: Run, error: unknown): Promise<void> {
  const { options, pause, target, state } = run
  if (isNotFound(error)) return await awaitResource(run)
  state.failures++
  // The first relist comes at once; a server that always answers 410 must not be asked without a pause.
  const attempt = isGone(error) ? state.failures - 2 : state.failures - 1
  if (isGone(error)) state.version = undefined
  const delayMs = attempt < 0 ? 0 : backOffMs(attempt, error, options.random ?? Math.random)
  options.observer.onFailure(target, error, delayMs)
  await pause.begin(delayMs)
}

/**
 * Not served (no CRD): there is nothing to know. Where there was something before, only the second such answer counts:
 * a cache emptied by mistake would cost nodes.
 */
async function awaitResource(run: Run): Promise<void> {
  const { handler, options, pause, state, target } = run
  hear(run)
  const countsFrom = state.synced ? 2 : 1
  state.version = undefined
  state.absences++
  if (state.absences === 1) options.observer.onNotServed(target)
  if (state.absences === countsFrom) {
    tell(run, () => handler.onListStart())
    endList(run, undefined)
  }
  await pause.begin(options.notServedDelayMs ?? NOT_SERVED_DELAY_MS)
}

function hear({ state, clock }: Run): void {
  state.lastContactAtMs = clock.now()
}

function tell({ options, target }: Run, call: () => void): void {
  try {
    call()
  } catch (error) {
    options.observer.onHandlerError(target, error)
  }
}
