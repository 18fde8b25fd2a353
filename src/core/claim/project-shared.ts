// Pipeline: claim, projection. What thousands of objects have in common is kept once: pods of one template have equal
// requests, tolerations and owners. Whoever gets a shared value may only read it.

/** So many different values are remembered; then all are forgotten, and sharing starts anew. */
const KEPT_VALUES = 10_000

/** A function that answers equal values (those of equal text) with one and the same value. */
export function createSharing<T>(textOf: (value: T) => string): (value: T) => T {
  const kept = new Map<string, T>()
  return value => {
    const text = textOf(value)
    const known = kept.get(text)
    if (known !== undefined) return known
    if (kept.size >= KEPT_VALUES) kept.clear()
    kept.set(text, value)
    return value
  }
}

/** Namespaces, names of nodes, phases, label values. */
export const sharedText = createSharing<string>(text => text)
