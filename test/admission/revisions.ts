// What rollouts leave behind.
import { nameOf } from './api.ts'
import type { Cluster } from './suite.ts'

/** Names of the ReplicaSets and controller revisions: a rollout adds one. Controllers have seen everything by then. */
export async function revisionsOf(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  await cluster.allObserved(namespace, 'Deployment')
  await cluster.allObserved(namespace, 'StatefulSet')
  const lists = await Promise.all(
    ['ReplicaSet', 'ControllerRevision'].map(kind => cluster.list(namespace, kind)),
  )
  return lists.flat().map(nameOf).toSorted()
}
