// Shell: controller. Pods: ours by uid, all others by the node that they take room on.
import { isForeignPod, projectPod } from '../core/claim/project-pod.ts'
import type { ForeignPod, ObservedPod } from '../core/workload/observed.ts'
import { createCache, type Cache } from './cache.ts'

type Pod = ObservedPod | ForeignPod

/** All pods of the cluster that count. */
export interface PodCache {
  readonly cache: Cache<Pod>
  /** Ours, by uid. */
  readonly ours: ReadonlyMap<string, ObservedPod>
  /** All others, by node and uid. */
  readonly foreign: ReadonlyMap<string, ReadonlyMap<string, ForeignPod>>
}

/** `matters` says of which nodes a change among foreign pods is worth a look. */
export function createPodCache(onChange: () => void, matters: (nodeName: string) => boolean): PodCache {
  const ours = new Map<string, ObservedPod>()
  const foreign = new Map<string, Map<string, ForeignPod>>()
  const remove = (pod: Pod): boolean => {
    if (!isForeignPod(pod)) return ours.delete(pod.uid)
    const onNode = foreign.get(pod.nodeName)
    onNode?.delete(pod.uid)
    if (onNode?.size === 0) foreign.delete(pod.nodeName)
    return matters(pod.nodeName)
  }
  const add = (pod: Pod): boolean => {
    if (!isForeignPod(pod)) return ours.set(pod.uid, pod).size > 0
    const onNode = foreign.get(pod.nodeName)
    if (onNode === undefined) foreign.set(pod.nodeName, new Map([[pod.uid, pod]]))
    else onNode.set(pod.uid, pod)
    return matters(pod.nodeName)
  }
  const cache = createCache<Pod>({
    project: projectPod,
    onChange(_uid, previous, next) {
      const removed = previous !== undefined && remove(previous)
      const added = next !== undefined && add(next)
      if (removed || added) onChange()
    },
  })
  return { cache, ours, foreign }
}
