// Simulator: chance. One stream of numbers for each purpose, so that taking a fault or a workload out of a scenario leaves
// the dice of everything else as they were: that is what makes shrinking work.

export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]]): T
}

/** The stream for a purpose under a seed: sfc32, https://pracrand.sourceforge.net/RNG_engines.txt */
export function createRandom(seed: number, purpose: string): Random {
  let [a, b, c, counter] = [seed | 0, hash(purpose), hash(`${seed} ${purpose}`), 1]
  const step = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let warmUp = 0; warmUp < 12; warmUp += 1) step()
  const below = (limit: number): number => Math.floor(step() * limit)
  return {
    next: step,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: probability => step() < probability,
    pick: items => items[below(items.length)] ?? items[0],
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value | 0
}
