// Pipeline: kube. Leader election: at most one process leads. A term ends for its leader before anyone else can begin one:
// renewals count from the moment they were sent, and the leader gives up (renewDeadline) well before the others may take
// the Lease (leaseDuration).
import type { Clock } from '../core/ports.ts'
import type { KubeClient } from './client.ts'
import { createLeaseLock, type LeaseLock } from './lease.ts'
import { sleepUntil, type Sleep } from './retry.ts'

/** kube-controller-manager's own times. */
export const LEADER_TIMES: LeaderTimes = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
}

/** Times for another lease duration, in the same proportions. */
export function leaderTimes(leaseDurationMs: number): LeaderTimes {
  const scaled = (ms: number) => Math.round((ms * leaseDurationMs) / LEADER_TIMES.leaseDurationMs)
  return {
    leaseDurationMs,
    renewDeadlineMs: scaled(LEADER_TIMES.renewDeadlineMs),
    retryPeriodMs: scaled(LEADER_TIMES.retryPeriodMs),
  }
}

/** What the safety of an election rests on: renewDeadline well below leaseDuration. */
export interface LeaderTimes {
  /** How long the others must see no renewal before one of them takes over. */
  readonly leaseDurationMs: number
  /** How long a leader goes on without a renewal. */
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** Which Lease, and who stands for it. */
export interface LeaderOptions {
  readonly client: KubeClient
  /** Of the Lease. */
  readonly namespace: string
  /** Of the Lease. */
  readonly name: string
  /** Of this process, and of no other one ever (host name and a random part). */
  readonly identity: string
  /** Ends the term, and the election. */
  readonly signal: AbortSignal
  readonly times?: LeaderTimes
  readonly clock?: Clock
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsedMs?: () => number
  readonly sleep?: Sleep
  readonly random?: () => number
}

/** Told of the course of the election, for the log. */
export interface LeaderObserver {
  onElected(): void
  /** The term is over although nobody asked for it. */
  onLost(reason: string): void
  onReleased(): void
  /** Somebody else leads. */
  onOtherLeader(identity: string): void
  /** The Lease could not be read or written, or what led ended badly after its term was over. */
  onFailure(error: unknown): void
}

/**
 * What a leader does in one term, until the signal. `isCurrent` is to be asked before a step that nobody but the leader may
 * take: a process that has stood still wakes up before its signal has heard that the term is over.
 */
export type Lead = (signal: AbortSignal, isCurrent: () => boolean) => Promise<void>

/**
 * Stands for election until the signal aborts; in each term runs `lead`, whose signal aborts when the term is over, and
 * waits for it to end before it stands again. The Lease is kept while `lead` winds up after a stop, and given back then.
 * Where `lead` ends by itself, so does this: in the same way.
 */
export async function runAsLeader(
  options: LeaderOptions,
  lead: Lead,
  observer: LeaderObserver,
): Promise<void> {
  const run = createRun(options, observer)
  while (await acquire(run)) {
    const term = await serveTerm(run, lead)
    if (term === 'ended') return
  }
}

interface Run {
  readonly lock: LeaseLock
  readonly observer: LeaderObserver
  readonly identity: string
  readonly signal: AbortSignal
  readonly times: LeaderTimes
  readonly elapsedMs: () => number
  readonly sleep: Sleep
  readonly random: () => number
  /** Until when we may lead. */
  validUntilMs: number
  knownLeader: string | undefined
}

function createRun(options: LeaderOptions, observer: LeaderObserver): Run {
  const { client, namespace, name, identity, signal } = options
  const { times = LEADER_TIMES, clock = { now: Date.now }, elapsedMs = monotonicMs } = options
  const { sleep = sleepUntil, random = Math.random } = options
  const { leaseDurationMs } = times
  const lock = createLeaseLock({ client, namespace, name, identity, leaseDurationMs, clock, elapsedMs })
  const start = { validUntilMs: 0, knownLeader: undefined }
  return { lock, observer, identity, signal, times, elapsedMs, sleep, random, ...start }
}

/** True as soon as we are elected; false when the signal has aborted. */
async function acquire(run: Run): Promise<boolean> {
  const { signal, times, random } = run
  while (!signal.aborted) {
    if (await attempt(run, times.renewDeadlineMs / 2)) {
      if (!signal.aborted) return true
      await release(run)
    } else {
      await waitFor(run, times.retryPeriodMs * (1 + 1.2 * random()), signal)
    }
  }
  return false
}

async function serveTerm(run: Run, lead: Lead): Promise<'lost' | 'ended'> {
  const over = new AbortController()
  const settled = new AbortController()
  const stop = (): void => over.abort(run.signal.reason)
  run.signal.addEventListener('abort', stop, { once: true })
  run.observer.onElected()
  const isCurrent = () => run.elapsedMs() < run.validUntilMs
  const leading = Promise.try(lead, over.signal, isCurrent).finally(() => settled.abort())
  // Whoever looks at `leading` comes later; until then its failure is nobody's.
  leading.catch(() => undefined)
  const isLost = await renewUntilSettled(run, over, settled.signal)
  try {
    await leading
  } catch (error) {
    if (!over.signal.aborted) throw error
    if (!isAbort(error, over.signal)) run.observer.onFailure(error)
  } finally {
    run.signal.removeEventListener('abort', stop)
    if (!isLost) await release(run)
  }
  return isLost ? 'lost' : 'ended'
}

/** True where the term was lost before what leads has ended. */
async function renewUntilSettled(run: Run, over: AbortController, settled: AbortSignal): Promise<boolean> {
  const { times, elapsedMs, observer } = run
  while (!settled.aborted) {
    const loss = lossOf(run)
    if (loss !== undefined) {
      observer.onLost(loss)
      over.abort(new Error(loss))
      return true
    }
    await waitFor(run, Math.min(times.retryPeriodMs, run.validUntilMs - elapsedMs()), settled)
    const leftMs = run.validUntilMs - elapsedMs()
    if (!settled.aborted && leftMs > 0) await attempt(run, Math.min(times.renewDeadlineMs / 2, leftMs))
  }
  return false
}

function lossOf({ lock, identity, elapsedMs, validUntilMs, times }: Run): string | undefined {
  const holder = lock.holder()
  if (holder !== undefined && holder !== identity) return `${holder} has taken the Lease`
  if (elapsedMs() < validUntilMs) return undefined
  return `the Lease was not renewed within ${times.renewDeadlineMs / 1000} s`
}

/** A request that hangs must not cost the term: after `limitMs` it is left alone, and its answer no longer counts. */
async function attempt(run: Run, limitMs: number): Promise<boolean> {
  const { lock, observer, elapsedMs, times } = run
  const sentAtMs = elapsedMs()
  try {
    const isOurs = await within(run, limitMs, lock.tryAcquireOrRenew())
    if (isOurs) run.validUntilMs = sentAtMs + times.renewDeadlineMs
    noteLeader(run)
    return isOurs
  } catch (error) {
    observer.onFailure(error)
    return false
  }
}

function noteLeader(run: Run): void {
  const holder = run.lock.holder()
  if (holder === undefined || holder === run.knownLeader) return
  run.knownLeader = holder
  if (holder !== run.identity) run.observer.onOtherLeader(holder)
}

/** Where it fails, the Lease runs out by itself. */
async function release(run: Run): Promise<void> {
  try {
    await within(run, run.times.renewDeadlineMs / 2, run.lock.release())
    run.observer.onReleased()
  } catch (error) {
    run.observer.onFailure(error)
  }
}

async function within<T>({ sleep }: Run, limitMs: number, task: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const timeout = sleep(limitMs, timer.signal).then(() => {
    throw new Error(`no answer about the Lease within ${limitMs / 1000} s`)
  })
  try {
    return await Promise.race([task, timeout])
  } finally {
    timer.abort()
  }
}

/** Ends early with the signal. */
async function waitFor({ sleep }: Run, ms: number, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await sleep(ms, signal).catch(() => undefined)
}

function isAbort(error: unknown, { reason }: AbortSignal): boolean {
  return error === reason || (error instanceof Error && error.name === 'AbortError')
}

/** Stands still while the machine sleeps; what an awakened leader still writes fails on resourceVersions and names. */
function monotonicMs(): number {
  return performance.now()
}
