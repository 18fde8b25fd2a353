// Simulator: the cloud. How many machines of each instance type are to be had, and what fate awaits the next ones.
import type { Random } from '../world/random.ts'
import { INSTANCE_TYPES } from '../scenario/instance-types.ts'

/** What becomes of a claim. */
export const FATES = [
  'normal',
  'slow-launch',
  'late-refusal',
  'never-registers',
  'never-ready',
  'no-gpus',
  'startup-taint',
  'vanishes',
  'unregistered-node-dies',
] as const
export type Fate = (typeof FATES)[number]

export interface Supply {
  /** Takes one machine of the first of these types that is to be had. */
  take(types: readonly string[]): string | undefined
  giveBack(type: string): void
  set(type: string, machines: number): void
  setFates(fates: readonly Fate[], probability: number): void
  /** Everything is to be had, and every machine works. */
  heal(): void
  isHealed(): boolean
  fate(): Fate
}

const PLENTY = 1000

export function createSupply(random: Random): Supply {
  const limits = new Map(INSTANCE_TYPES.map(({ name }) => [name, PLENTY]))
  const taken = new Map<string, number>()
  let fates: readonly Fate[] = []
  let probability = 0
  let healed = false
  return {
    take(types) {
      const type = types.find(name => (taken.get(name) ?? 0) < (limits.get(name) ?? 0))
      if (type !== undefined) taken.set(type, (taken.get(type) ?? 0) + 1)
      return type
    },
    giveBack: type => void taken.set(type, Math.max(0, (taken.get(type) ?? 0) - 1)),
    set: (type, machines) => void (healed || limits.set(type, machines)),
    setFates(next, chance) {
      fates = next
      probability = chance
    },
    heal() {
      healed = true
      probability = 0
      for (const { name } of INSTANCE_TYPES) limits.set(name, PLENTY)
    },
    isHealed: () => healed,
    fate() {
      const roll = random.next()
      const which = random.below(1000)
      if (roll >= probability || fates.length === 0) return 'normal'
      return fates[which % fates.length] ?? 'normal'
    },
  }
}
