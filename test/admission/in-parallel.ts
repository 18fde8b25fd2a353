// Many small requests, a few at a time.
const WORKERS = 4

/** Does all of them; what went wrong with any is in one Error. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const errors: string[] = []
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item).catch((error: unknown) => errors.push(String(error)))
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  if (errors.length > 0) throw new Error(errors.join('\n'))
}
