// Pipeline: kube. The API server's time, by the Date header of its answers and the time that has passed since, by a clock that
// nobody sets. Ages are counted from times that the API server wrote: by a clock of our own that is ahead of it every claim
// would look as if its launch budget were used up.
import type { Clock } from '../core/ports.ts'

/** Tells the API server's time as soon as it has answered once; before that, this machine's. */
export interface ServerClock extends Clock {
  /** The Date header of an answer that has just come. */
  heard(date: string | undefined): void
}

/** What passes by itself; for tests. */
export interface ServerClockOptions {
  readonly local?: Clock
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsedMs?: () => number
}

/**
 * The header has whole seconds, cut off, and the answer has travelled: the latest that was heard comes nearest. What is
 * earlier by more than this is another time: the API server's clock was set back, or we slept.
 */
const TOLERANCE_MS = 3000

/** Has heard nothing yet. */
export function createServerClock(options: ServerClockOptions = {}): ServerClock {
  const { local = { now: Date.now }, elapsedMs = () => performance.now() } = options
  let beganAtMs: number | undefined
  return {
    now: () => (beganAtMs === undefined ? local.now() : Math.round(beganAtMs + elapsedMs())),
    heard(date) {
      const atMs = Date.parse(date ?? '')
      if (Number.isNaN(atMs)) return
      const began = atMs - elapsedMs()
      if (beganAtMs === undefined || began > beganAtMs || began < beganAtMs - TOLERANCE_MS) beganAtMs = began
    },
  }
}
