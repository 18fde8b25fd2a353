// What this process must not leave behind when it ends by a signal, by process.exit or by an uncaught error.
// SIGKILL leaves no time for it: processes then end by their lifeline (bound-process.ts), folders at a later start.

/** Synchronous work for the end of the process; `failed` is true after a non-zero exit code that no signal caused. */
export type Cleanup = (failed: boolean) => void

const cleanups = new Set<Cleanup>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Registers a clean-up and returns what takes it back. A program that handles signals itself keeps the say over them. */
export const onProcessEnd = (cleanup: Cleanup): (() => void) => {
  if (cleanups.size === 0) listen()
  cleanups.add(cleanup)
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) unlisten()
  }
}

const listen = (): void => {
  process.on('exit', onExit)
  for (const signal of signals) process.on(signal, onSignal)
}

const unlisten = (): void => {
  process.removeListener('exit', onExit)
  for (const signal of signals) process.removeListener(signal, onSignal)
}

const onExit = (code: number): void => cleanUp(code !== 0)

// Whoever else listens decides when the process ends; the exit event comes then.
const onSignal = (signal: NodeJS.Signals): void => {
  if (process.listenerCount(signal) > 1) return
  cleanUp(false)
  unlisten()
  process.kill(process.pid, signal)
}

const cleanUp = (failed: boolean): void => {
  // In reverse: what was started last depends on what was there before it.
  for (const cleanup of [...cleanups].toReversed()) {
    try {
      cleanup(failed)
    } catch (error) {
      console.error('cleaning up:', error)
    }
  }
  cleanups.clear()
}
