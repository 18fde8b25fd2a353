// Pipeline: preset. How the generator rules look a model up. Tables are asked for their own keys only: an architecture
// called `constructor` finds nothing.

type Table<T> = Readonly<Record<string, T>>

/** The value under the longest key that the name begins with. */
export function byPrefix<T>(table: Table<T>, name: string): T | undefined {
  return allByPrefix(table, name).at(-1)
}

/** The values under every key that the name begins with, shortest key first. */
export function allByPrefix<T>(table: Table<T>, name: string): readonly T[] {
  return Object.entries(table)
    .filter(([prefix]) => name.startsWith(prefix))
    .toSorted(([a], [b]) => a.length - b.length)
    .map(([, value]) => value)
}

/** The value under the first architecture that the table has. */
export function byArchitecture<T>(table: Table<T>, architectures: readonly string[]): T | undefined {
  const known = architectures.find(architecture => Object.hasOwn(table, architecture))
  return known === undefined ? undefined : table[known]
}
