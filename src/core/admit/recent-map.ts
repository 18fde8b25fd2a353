// Pipeline: admit. A map of bounded size that keeps what was used of late. In two halves: what is found in the older one
// moves to the younger, and when that is full the older is dropped. So nothing is written for what is found in the younger.

/** Holds at most `limit` values, and at least the half of that many that were used last. */
export class RecentMap<T> {
  #younger = new Map<string, T>()
  #older = new Map<string, T>()
  readonly #half: number

  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2)
  }

  get(key: string): T | undefined {
    const young = this.#younger.get(key)
    if (young !== undefined) return young
    const old = this.#older.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: T): void {
    if (this.#younger.size >= this.#half) {
      this.#older = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(key, value)
  }
}
