// Pipeline: cli. What must hold before admission works, and the way to get there: each part says in /readyz what it waits
// for, and is tried again while the API server may yet agree.
import type { KubeClient } from '../kube/client.ts'
import { isConflict, isForbidden, isNotFound, isTransient } from '../kube/errors.ts'
import { retry } from '../kube/retry.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Readiness } from '../ops/readiness.ts'

/** What every part of `serve` works with. */
export interface Shell {
  readonly log: Log
  readonly client: KubeClient
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly stop: AbortSignal
}

/** The parts of admission, with the reason why each does not hold yet. */
export const ADMISSION_PARTS = {
  facts: 'the facts about the cluster are not loaded',
  catalogue: 'the ConfigMaps that extend the catalogue are not read',
  policies: 'the PresetPolicies and the namespaces that they select are not loaded',
  certificates: 'the webhook certificates are not there',
  server: 'the webhook server is not listening',
  registration: 'the webhooks are not registered',
} as const
export type AdmissionPart = keyof typeof ADMISSION_PARTS

/** Runs `task` until it succeeds, telling log and /readyz why it has not. Rejects when stopped, or when waiting cannot help. */
export async function untilDone<T>(shell: Shell, part: AdmissionPart, task: () => Promise<T>): Promise<T> {
  const { log, readiness, stop } = shell
  const result = await retry(task, {
    signal: stop,
    isRetryable,
    onRetry(error, delayMs) {
      readiness.set(part, `${ADMISSION_PARTS[part]}: ${error.message}`)
      log.warn({ part, delayMs, reason: error.message }, 'not yet; trying again')
    },
  })
  readiness.set(part, undefined)
  return result
}

/**
 * An API server that has just started answers 403 before its RBAC rules are loaded, and a namespace or a role may be
 * applied a moment after us: only a request that is wrong in itself (400, 422) stays wrong.
 */
function isRetryable(error: unknown): boolean {
  return isTransient(error) || isForbidden(error) || isNotFound(error) || isConflict(error)
}

/** As `task`, which may never settle once it is stopped; then it rejects. */
export async function untilStopped<T>(task: Promise<T>, stop: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(stop.reason)
  stop.addEventListener('abort', onAbort, { once: true })
  if (stop.aborted) onAbort()
  return Promise.race([task, promise]).finally(() => stop.removeEventListener('abort', onAbort))
}
