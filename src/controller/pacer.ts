// Shell: controller. When the next round begins: soon after a change, many changes together, at a given time, and never so
// often that rounds take most of a core.
import { setTimeout as sleepFor } from 'node:timers/promises'

/** The round before. */
export interface Round {
  readonly lastedMs: number
  readonly requeueAfterMs: number | undefined
}

/** Decides how long to wait between two rounds. */
export interface Pacer {
  /** Something has changed. */
  readonly wake: () => void
  /** Resolves when the next round should begin, or when `signal` ends the waiting. */
  next(round: Round, signal: AbortSignal): Promise<void>
}

/** Changes come in bursts (a scale-up is many pods): the first waits this long for the others. */
const GATHER_MS = 20
/** A level-triggered look even where nobody tells of a change. */
const RESYNC_MS = 30_000
/** The pause is this many times as long as the round: rounds take a third of one core at most. */
const SHARE = 2

/** Resolves after so many milliseconds; rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<unknown>

/** Nothing has changed yet. */
export function createPacer(sleep: Sleep = sleepUntil): Pacer {
  let changed = false
  let alarm = new AbortController()
  return {
    wake() {
      changed = true
      alarm.abort()
    },
    async next({ lastedMs, requeueAfterMs = RESYNC_MS }, signal) {
      if (!changed) {
        alarm = new AbortController()
        await pause(sleep, Math.min(requeueAfterMs, RESYNC_MS), AbortSignal.any([signal, alarm.signal]))
      }
      // Changes that come during this pause belong to the next round, which has not looked yet.
      await pause(sleep, Math.max(GATHER_MS, lastedMs * SHARE), signal)
      changed = false
    },
  }
}

/** Ends early, without complaint, with the signal. */
async function pause(sleep: Sleep, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleepFor(ms, undefined, { signal })
}
