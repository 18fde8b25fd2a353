// Simulator: nothing is remembered that is gone: whatever a round goes by was there at the moment up to which the process had
// been told everything, in whatever order news, lists and the answers to its own writes came.
import type { Observation } from '../../../src/core/claim/observation.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { View } from '../controller/client.ts'

/** The check; told of every round. */
export function createMemoryCheck(
  api: ApiServer,
  violate: (invariant: string, message: string) => void,
): (observation: Observation, view: View) => void {
  const goneAtMs = new Map<string, number>()
  api.onChange(({ type, object, atMs }) => {
    if (type === 'DELETED') goneAtMs.set(object.metadata.uid, atMs)
  })
  const check = (kind: string, remembered: Iterable<{ readonly uid: string }>, viewMs: number): void => {
    for (const { uid } of remembered)
      if ((goneAtMs.get(uid) ?? Infinity) <= viewMs)
        violate('nothing is remembered that is gone', `${kind} ${uid}`)
  }
  return ({ claims, nodes, pods, workloads, replicaSets }, { allMs, claimsMs }) => {
    check('claim', claims, claimsMs)
    check('node', nodes, allMs)
    check('pod', pods, allMs)
    check('workload', workloads.values(), allMs)
    check('ReplicaSet', replicaSets.values(), allMs)
  }
}
