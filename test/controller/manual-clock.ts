// A clock that a test sets.
import type { Clock } from '../../src/core/ports.ts'

export interface ManualClock extends Clock {
  advance(ms: number): void
}

export function makeClock(startMs = Date.parse('2026-11-22T10:00:00Z')): ManualClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    advance: ms => void (nowMs += ms),
  }
}
