// Pipeline: webhooks. Leaving without a failed request (after knative.dev/pkg network/handlers/drain.go): readiness has
// flipped already, requests that still arrive are served, and when it has been quiet for a while the server may close.

export interface DrainOptions {
  /** How long nothing may have arrived: the time that endpoint changes need to reach every API server. */
  readonly quietMs: number
  /** The end in any case; below the pod's terminationGracePeriodSeconds. */
  readonly limitMs: number
}

export interface Drain {
  /** True from the first call of `drained`: answers then ask the client to take its next request elsewhere. */
  readonly draining: boolean
  requestStarted(): void
  requestEnded(): void
  /** Resolves when nothing is in flight and nothing has arrived for `quietMs`, or after `limitMs`. */
  drained(options: DrainOptions): Promise<void>
}

/** Counts requests from the start, so that `drained` knows what is in flight. */
export function createDrain(): Drain {
  let active = 0
  /** Who waits for quiet: one for each call. */
  const waiting = new Set<{ readonly busy: () => void; readonly quiet: () => void }>()
  let draining = false

  return {
    get draining() {
      return draining
    },
    requestStarted() {
      active++
      for (const { busy } of waiting) busy()
    },
    requestEnded() {
      active--
      if (active === 0) for (const { quiet } of waiting) quiet()
    },
    drained({ quietMs, limitMs }) {
      draining = true
      return new Promise(resolve => {
        let timer: NodeJS.Timeout | undefined
        const waiter = {
          busy: () => clearTimeout(timer),
          quiet() {
            clearTimeout(timer)
            timer = setTimeout(finish, quietMs)
          },
        }
        const limit = setTimeout(finish, limitMs)
        function finish(): void {
          clearTimeout(timer)
          clearTimeout(limit)
          waiting.delete(waiter)
          resolve()
        }
        waiting.add(waiter)
        if (active === 0) waiter.quiet()
      })
    },
  }
}
