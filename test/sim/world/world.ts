// Simulator: time. A discrete-event loop: whatever happens, happens at a moment on one heap, in one thread, in an order that
// only the seed decides. Nothing here or above reads a real clock.
import { setImmediate as turn } from 'node:timers/promises'
import { createHeap } from './heap.ts'
import { createRandom, type Random } from './random.ts'

export interface World {
  readonly seed: number
  now(): number
  after(delayMs: number, run: () => void): void
  /** Something has resolved promises: they are let run before the next event. */
  settle(): void
  /** The stream for a purpose; the same one for the same purpose. */
  random(purpose: string): Random
  /** One line of the trace; made only where somebody reads it. */
  tell(who: string, what: () => string): void
  /** What has been told, if a trace was asked for. */
  readonly told: readonly string[]
  /** Runs until nothing is left, `until` is reached, or `isOver` says so (asked after each event). */
  run(untilMs: number, isOver: () => boolean): Promise<void>
  events(): number
}

/** 2026-11-22T00:00:00Z; nothing depends on it. */
export const BEGIN_MS = 1_795_305_600_000

export function createWorld(seed: number, traced: boolean): World {
  const heap = createHeap()
  const streams = new Map<string, Random>()
  const told: string[] = []
  let nowMs = BEGIN_MS
  let unsettled = false
  let events = 0
  return {
    seed,
    told,
    now: () => nowMs,
    events: () => events,
    after: (delayMs, run) => heap.push(nowMs + Math.max(0, delayMs), run),
    settle: () => void (unsettled = true),
    random(purpose) {
      const known = streams.get(purpose) ?? createRandom(seed, purpose)
      streams.set(purpose, known)
      return known
    },
    tell(who, what) {
      if (traced) told.push(`${formatTime(nowMs)} ${who}: ${what()}`)
    },
    async run(untilMs, isOver) {
      for (let next = heap.pop(untilMs); next !== undefined; next = heap.pop(untilMs)) {
        nowMs = next.atMs
        events += 1
        next.run()
        if (unsettled) {
          unsettled = false
          await turn()
        }
        if (isOver()) return
      }
      nowMs = Math.max(nowMs, untilMs)
    },
  }
}

/** Minutes, seconds and milliseconds since the beginning. */
export function formatTime(timeMs: number): string {
  const ms = timeMs - BEGIN_MS
  const minutes = String(Math.floor(ms / 60_000)).padStart(3, ' ')
  return `${minutes}:${((ms % 60_000) / 1000).toFixed(3).padStart(6, '0')}`
}
