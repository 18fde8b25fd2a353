// Waiting without sleeping: a condition is asked for again until it holds or its time is over.
import { setInterval } from 'node:timers/promises'

const periodMs = 25

/** The first answer of `check` that is not undefined; after `timeoutMs` an Error that says what did not happen. */
export const poll = async <T>(
  what: string | (() => string),
  timeoutMs: number,
  check: () => Promise<T | undefined> | T | undefined,
): Promise<T> => {
  const deadlineMs = Date.now() + timeoutMs
  for await (const _ of setInterval(periodMs)) {
    const answer = await check()
    if (answer !== undefined) return answer
    if (Date.now() > deadlineMs) break
  }
  throw new Error(`${typeof what === 'string' ? what : what()}: not within ${timeoutMs / 1000} s`)
}
