// Pipeline: kube. Events are told and forgotten: nobody waits for them, and what cannot be written is only counted. What
// repeats within ten minutes is counted in the Event that is there already, which is written ever more seldom (after 10 s,
// 20 s, … 5 minutes); how much may be said about one object is limited, and so is the queue.
import { randomBytes } from 'node:crypto'
import type { Clock, EventRecorder } from '../core/ports.ts'
import type { KubeClient } from './client.ts'
import { isNotFound, isTransient } from './errors.ts'
import { createEventLimits, dropOldest, type EventLimits } from './event-limits.ts'
import {
  desiredEvent,
  eventName,
  eventNamespace,
  repetition,
  type EventNote,
  type EventSource,
} from './event-object.ts'
import { createPause, type Pause } from './pause.ts'
import { backOffMs, sleepUntil, type Sleep } from './retry.ts'

/** Told of Events that nobody will read. */
export interface EventObserver {
  /** Not said: the object has said too much (`limited`), or too much waits to be written (`full`). */
  onDropped(note: EventNote, why: 'limited' | 'full'): void
  /** Could not be written. */
  onFailure(note: EventNote, error: unknown): void
}

/** Who speaks, and who hears of failures. */
export interface EventRecorderOptions extends EventSource {
  readonly observer: EventObserver
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly random?: () => number
}

/** The port, and its end. */
export interface ClosableEventRecorder extends EventRecorder {
  record(note: EventNote): void
  /** Writes what waits, for `limitMs` at most, and then nothing more. Never rejects. */
  close(limitMs?: number): Promise<void>
}

/** Repetitions are the same Event for so long (client-go aggregates over the same time). */
const SAME_EVENT_MS = 10 * 60_000
const FIRST_PAUSE_MS = 10_000
const LONGEST_PAUSE_MS = 5 * 60_000
const REMEMBERED = 4096
const WAITING = 1000
const TRIES = 3
const CLOSE_LIMIT_MS = 3000

/** One Event, while it may still repeat itself. */
interface Entry {
  readonly note: EventNote
  readonly firstMs: number
  lastMs: number
  count: number
  /** Of the Event; undefined until it was created. */
  path: string | undefined
  /** Of the next write. */
  notBeforeMs: number
  pauseMs: number
}

interface Run {
  readonly client: KubeClient
  readonly options: EventRecorderOptions
  readonly clock: Clock
  readonly sleep: Sleep
  readonly limits: EventLimits
  readonly pause: Pause
  /** By what makes them the same, oldest first. */
  readonly remembered: Map<string, Entry>
  readonly waiting: Set<Entry>
  readonly halt: AbortSignal
  isClosing: boolean
  working: Promise<void> | undefined
}

/** Writes in the background, one Event after the other. */
export function createEventRecorder(
  client: KubeClient,
  options: EventRecorderOptions,
): ClosableEventRecorder {
  const { clock = { now: Date.now }, sleep = sleepUntil } = options
  const halt = new AbortController()
  const run: Run = {
    client,
    options,
    clock,
    sleep,
    limits: createEventLimits(),
    pause: createPause(halt.signal, sleep),
    remembered: new Map(),
    waiting: new Set(),
    halt: halt.signal,
    isClosing: false,
    working: undefined,
  }
  return {
    record: note => record(run, note),
    async close(limitMs = CLOSE_LIMIT_MS) {
      run.isClosing = true
      run.pause.end()
      const timeout = sleep(limitMs, halt.signal).catch(() => undefined)
      await Promise.race([run.working, timeout])
      halt.abort()
    },
  }
}

function record(run: Run, note: EventNote): void {
  if (run.isClosing) return
  const nowMs = run.clock.now()
  const entry = repeated(run, note, nowMs) ?? begun(run, note, nowMs)
  if (entry === undefined) return run.options.observer.onDropped(note, 'limited')
  if (run.waiting.size >= WAITING && !run.waiting.has(entry)) {
    return run.options.observer.onDropped(note, 'full')
  }
  run.waiting.add(entry)
  run.pause.end()
  run.working ??= writeAll(run)
}

function repeated({ remembered }: Run, note: EventNote, nowMs: number): Entry | undefined {
  const key = keyOf(note)
  const entry = remembered.get(key)
  if (entry === undefined || nowMs - entry.lastMs > SAME_EVENT_MS) return undefined
  entry.count++
  entry.lastMs = nowMs
  remembered.delete(key)
  remembered.set(key, entry)
  return entry
}

function begun({ limits, remembered }: Run, note: EventNote, nowMs: number): Entry | undefined {
  if (!limits.take(note.object.uid, nowMs)) return undefined
  const times = { firstMs: nowMs, lastMs: nowMs, notBeforeMs: nowMs, pauseMs: FIRST_PAUSE_MS }
  const entry = { note, count: 1, path: undefined, ...times }
  const key = keyOf(note)
  remembered.delete(key)
  remembered.set(key, entry)
  dropOldest(remembered, REMEMBERED)
  return entry
}

function keyOf({ object, type, reason, message }: EventNote): string {
  return JSON.stringify([object.kind, object.namespace, object.name, object.uid, type, reason, message])
}

/** Until nothing waits any more. */
async function writeAll(run: Run): Promise<void> {
  const { waiting, halt, pause, clock } = run
  while (waiting.size > 0 && !halt.aborted) {
    const nowMs = clock.now()
    const due = waiting.values().find(({ notBeforeMs }) => run.isClosing || notBeforeMs <= nowMs)
    if (due !== undefined) {
      waiting.delete(due)
      await write(run, due)
    } else {
      await pause.begin(Math.min(...waiting.values().map(({ notBeforeMs }) => notBeforeMs - nowMs)))
    }
  }
  // At once, in the same turn as the last look: what is recorded after it begins anew.
  run.working = undefined
}

async function write(run: Run, entry: Entry): Promise<void> {
  for (let attempt = 0; !run.halt.aborted; attempt++) {
    try {
      await writeOnce(run, entry)
      break
    } catch (error) {
      if (!isTransient(error) || attempt + 1 >= TRIES) {
        run.options.observer.onFailure(entry.note, error)
        break
      }
      const delayMs = backOffMs(attempt, error, run.options.random ?? Math.random)
      await run.sleep(delayMs, run.halt).catch(() => undefined)
    }
  }
  entry.notBeforeMs = run.clock.now() + entry.pauseMs
  entry.pauseMs = Math.min(2 * entry.pauseMs, LONGEST_PAUSE_MS)
}

async function writeOnce(run: Run, entry: Entry): Promise<void> {
  if (entry.path === undefined || !(await patchEvent(run.client, entry.path, entry))) {
    entry.path = await createEvent(run, entry)
  }
}

async function createEvent({ client, options }: Run, entry: Entry): Promise<string> {
  const name = eventName(entry.note.object, randomBytes(8).toString('hex'))
  const path = `/api/v1/namespaces/${eventNamespace(entry.note.object)}/events`
  await client.request({ method: 'POST', path, body: desiredEvent(name, entry.note, options, entry) })
  return `${path}/${encodeURIComponent(name)}`
}

/** False where it is not there any more: the API server keeps Events for an hour (`--event-ttl`). */
async function patchEvent(client: KubeClient, path: string, entry: Entry): Promise<boolean> {
  const contentType = 'application/merge-patch+json'
  try {
    await client.request({ method: 'PATCH', path, contentType, body: repetition(entry) })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
