// Pipeline: cli. What stands in the way of `serve` and is no bug of ours, told without a stack trace.
import { ApiError } from '../kube/errors.ts'
import { CommandError } from './io.ts'
import { messageOf } from './message-of.ts'

const LISTEN_CODES: ReadonlySet<unknown> = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES'])

/** A CommandError where somebody else can help: the port, the address, the API server's refusal. A bug stays what it is. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof ApiError) return new CommandError([`the API server refuses: ${error.message}`])
  if (error instanceof Error && 'code' in error && LISTEN_CODES.has(error.code)) {
    return new CommandError([`${error.message} (see --webhook-port, --health-port, --bind-address)`])
  }
  return error
}

/** Runs what reads the kubeconfig: whatever is wrong there is the file's fault, or the lack of one. */
export function withKubeconfigErrors<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new CommandError([`kubeconfig: ${messageOf(error)}`])
  }
}

/** True where `error` is only the way in which a wait ended because of `stop`. */
export function isStopping(error: unknown, stop: AbortSignal): boolean {
  if (!stop.aborted) return false
  return error === stop.reason || (error instanceof Error && error.cause === stop.reason)
}
