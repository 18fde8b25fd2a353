// A clock for `serve` that goes when a test says so.

export interface ManualTicks {
  readonly refreshTicks: () => AsyncIterable<unknown>
  readonly tick: () => void
}

/** Ticks before anybody waits are not lost. */
export function manualTicks(): ManualTicks {
  const { readable, writable } = new TransformStream<undefined, undefined>()
  const writer = writable.getWriter()
  return { refreshTicks: () => readable, tick: () => void writer.write(undefined) }
}
