// Pipeline: ops. Readiness: everything that must hold before this process is of use, each with the sentence that says
// what is missing. Ready means that admission works, not that the process lives.

export interface Readiness {
  /** `reason` says what is missing; undefined: this part is there. */
  set(part: string, reason: string | undefined): void
  isMissing(part: string): boolean
  /** A last check, asked only when every part is there: resolves to what is wrong, or undefined. */
  checkBy(check: () => Promise<string | undefined>): void
  /** What is missing now; empty when ready. */
  reasons(): Promise<readonly string[]>
}

/** Starts with every part missing, for the given reasons. */
export function createReadiness(missing: Readonly<Record<string, string>>): Readiness {
  const parts = new Map(Object.entries(missing))
  let check: (() => Promise<string | undefined>) | undefined
  let running: Promise<string | undefined> | undefined

  /** Probes that arrive together share one check. */
  async function checkOnce(): Promise<string | undefined> {
    running ??= (check?.() ?? Promise.resolve(undefined)).finally(() => (running = undefined))
    return running
  }

  return {
    set(part, reason) {
      if (reason === undefined) parts.delete(part)
      else parts.set(part, reason)
    },
    isMissing: part => parts.has(part),
    checkBy(next) {
      check = next
    },
    async reasons() {
      if (parts.size > 0) return [...parts.values()]
      const reason = await checkOnce()
      return reason === undefined ? [] : [reason]
    },
  }
}
