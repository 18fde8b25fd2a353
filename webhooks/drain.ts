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
  let becameQuiet: (() => void) | undefined
  let becameBusy: (() => void) | undefined

  return {
    get draining() {
      return becameQuiet !== undefined
    },
    requestStarted() {
      active++
      becameBusy?.()
    },
    requestEnded() {
      active--
      if (active === 0) becameQuiet?.()
    },
    drained({ quietMs, limitMs }) {
      return new Promise(resolve => {
        let quiet: NodeJS.Timeout | undefined
        const limit = setTimeout(finish, limitMs)
        function finish(): void {
          clearTimeout(quiet)
          clearTimeout(limit)
          resolve()
        }
        becameBusy = () => clearTimeout(quiet)
        becameQuiet = () => {
          clearTimeout(quiet)
          quiet = setTimeout(finish, quietMs)
        }
        if (active === 0) becameQuiet()
      })
    },
  }
}
