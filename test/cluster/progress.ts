// Tells somebody who waits that something goes on: one line that is rewritten on a terminal, else a plain line at times.

const terminalPeriodMs = 1_000
const plainPeriodMs = 10_000

/** Where progress goes; `process.stderr` fits. */
export interface ProgressStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Writes `text: SECONDS s` from time to time until disposed of. */
export const showProgress = (text: string, stream: ProgressStream = process.stderr): Disposable => {
  const startMs = Date.now()
  const terminal = stream.isTTY === true
  const write = (): void => {
    const line = `${text}: ${Math.round((Date.now() - startMs) / 1000)} s`
    stream.write(terminal ? `\r${line}` : `${line}\n`)
  }
  write()
  const timer = setInterval(write, terminal ? terminalPeriodMs : plainPeriodMs)
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      if (terminal) stream.write('\n')
    },
  }
}
