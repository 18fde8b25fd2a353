// Pipeline: companion. A Service of the workload's name may come right behind it in the user's own file: that one wins, so
// ours waits for it.
import type { ObservedWorkload } from '../workload/observed.ts'

/**
 * `kubectl apply`, Helm and Argo CD send the objects of one file or wave within a second or two, Services often after
 * workloads; a creationTimestamp is up to a second old at birth, because it has whole seconds. No model starts so soon.
 */
const SETTLE_MS = 3_000

/**
 * Milliseconds until Services may be made for the workload; 0: now. `firstSeenMs` and `nowMs` are by our clock: however far
 * the API server's is ahead, nothing waits longer than that from when we first saw the workload.
 */
export function settlingMs(
  { createdAtMs }: Pick<ObservedWorkload, 'createdAtMs'>,
  firstSeenMs: number,
  nowMs: number,
): number {
  return Math.max(0, Math.min(createdAtMs, firstSeenMs) + SETTLE_MS - nowMs)
}
