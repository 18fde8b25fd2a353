// Pipeline: cli. SIGTERM and SIGINT as an AbortSignal: the first asks for an orderly end, a second one does not wait.

/** Aborts at the first signal; at the second the process exits with 1. */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController()
  function onSignal(): void {
    if (controller.signal.aborted) process.exit(1)
    controller.abort()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return controller.signal
}
