// Pipeline: kube. Back-off: exponential with full jitter, so that replicas which lost the API server together do not
// come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
import { setTimeout as sleepFor } from 'node:timers/promises'
import { isTransient } from './errors.ts'

const BASE_MS = 250
const CAP_MS = 15_000

/** Resolves after so many milliseconds; rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<unknown>

export interface RetryOptions {
  /** Ends the wait, and with it the retries: the promise rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Told before each wait. */
  readonly onRetry: (error: Error, delayMs: number) => void
  /** Which errors are worth another try; transient ones unless given. */
  readonly isRetryable?: (error: unknown) => boolean
  readonly sleep?: Sleep
  readonly random?: () => number
}

/** Runs `task` until it succeeds or fails in a way that waiting does not heal. */
export async function retry<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onRetry, isRetryable = isTransient, sleep = sleepUntil, random = Math.random } = options
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof Error) || !isRetryable(error)) throw error
      const delayMs = backOffMs(attempt, error, random)
      onRetry(error, delayMs)
      await sleep(delayMs, signal)
    }
  }
}

/** At least what the server asked for, else up to 250 ms, 500 ms, 1 s, … 15 s. */
export function backOffMs(attempt: number, error: unknown, random: () => number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16))
  const asked = isTransient(error) ? (error.retryAfterMs ?? 0) : 0
  return Math.max(asked, Math.round(ceiling * random()))
}

/** The sleep of a process, as against that of a test. */
export function sleepUntil(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleepFor(ms, undefined, { signal })
}
