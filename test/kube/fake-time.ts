// A clock that goes when a test says so; who sleeps on it wakes in the order of time.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Sleep } from '../../src/kube/retry.ts'

export interface FakeTime {
  readonly now: () => number
  readonly sleep: Sleep
  /** Lets so many milliseconds pass, and everything happen that happens in them. */
  readonly advance: (ms: number) => Promise<void>
}

interface Sleeper {
  readonly untilMs: number
  readonly wake: () => void
}

/** Stands at a full second. */
export function makeFakeTime(): FakeTime {
  let nowMs = Date.UTC(2026, 0, 1)
  const sleepers = new Set<Sleeper>()

  const sleep: Sleep = (ms, signal) => {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper = { untilMs: nowMs + ms, wake: resolve }
    sleepers.add(sleeper)
    const end = (): void => {
      sleepers.delete(sleeper)
      reject(new Error('aborted'))
    }
    signal.addEventListener('abort', end, { once: true })
    return promise
  }

  async function advance(ms: number): Promise<void> {
    const targetMs = nowMs + ms
    for (;;) {
      await nextTurn()
      const next = [...sleepers].toSorted((a, b) => a.untilMs - b.untilMs)[0]
      if (next === undefined || next.untilMs > targetMs) break
      sleepers.delete(next)
      nowMs = Math.max(nowMs, next.untilMs)
      next.wake()
    }
    nowMs = targetMs
    await nextTurn()
  }

  return { now: () => nowMs, sleep: async (ms, signal) => await sleep(ms, signal), advance }
}
