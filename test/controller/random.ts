// Chance that can be had again: the seed is printed, and can be given.

const VARIABLE = 'KAITO_NATIVE_TEST_SEED'

/** The given seed, else a new one; and what to set to have the same again. */
export function chooseSeed(environment: NodeJS.ProcessEnv = process.env): { seed: number; hint: string } {
  const seed = Number(environment[VARIABLE] ?? Math.floor(Math.random() * 2 ** 31))
  return { seed, hint: `${VARIABLE}=${seed}` }
}

export interface Random {
  /** A whole number from 0 to below `limit`. */
  readonly below: (limit: number) => number
  readonly shuffled: <T>(items: readonly T[]) => readonly T[]
}

/** mulberry32: https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return {
    below,
    shuffled: items =>
      items
        .map(item => ({ item, key: below(2 ** 30) }))
        .toSorted((left, right) => left.key - right.key)
        .map(({ item }) => item),
  }
}
