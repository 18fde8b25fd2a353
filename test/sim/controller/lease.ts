// Simulator: leader election, simply: one record, taken when its holder has not renewed it for 15 s. A holder that was frozen
// learns of its loss a moment after it has woken up; until then there are two leaders.
import type { World } from '../world/world.ts'

const DURATION_MS = 15_000

export interface Lease {
  /** True: it is this process's now. */
  tryAcquire(name: string): boolean
  release(name: string): void
  holder(): string | undefined
}

export function createLease(world: World): Lease {
  let holder: string | undefined
  let renewedMs = 0
  return {
    tryAcquire(name) {
      if (holder !== undefined && holder !== name && renewedMs + DURATION_MS > world.now()) return false
      holder = name
      renewedMs = world.now()
      return true
    },
    release(name) {
      if (holder === name) holder = undefined
    },
    holder: () => holder,
  }
}
