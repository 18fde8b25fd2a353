// Pipeline: kube. A wait that somebody may end early, and that ends with its owner's signal.
import type { Sleep } from './retry.ts'

/** A wait, held by whoever may end it. */
export interface Pause {
  /** Resolves after the time, when `end` is called or when the owner's signal aborts. Never rejects. */
  begin(ms: number): Promise<void>
  end(): void
}

/** One wait at a time. */
export function createPause(owner: AbortSignal, sleep: Sleep): Pause {
  let current = new AbortController()
  return {
    async begin(ms) {
      const controller = new AbortController()
      current = controller
      const end = (): void => controller.abort()
      if (owner.aborted) return
      owner.addEventListener('abort', end, { once: true })
      // It rejects only because it was ended, which is what was asked for.
      await sleep(ms, controller.signal).catch(() => undefined)
      owner.removeEventListener('abort', end)
    },
    end: () => current.abort(),
  }
}
