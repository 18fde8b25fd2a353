// Pipeline: cli. What was thrown, in words for people and logs.

/** The message of an Error, anything else as a text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
