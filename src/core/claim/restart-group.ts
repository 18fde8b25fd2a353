// Pipeline: claim. Multi-node replicas start anew together: the ranks of a model server have found each other at start, and
// one that comes back alone is not let in. OnDelete StatefulSets leave updates to us for the same reason.
import { GATE_NAME } from '../template/steps/gate.ts'
import type { ObservedPod, ObservedWorkload } from '../workload/observed.ts'
import type { OwnedPod } from './demand.ts'
import { isDue, type Turn } from './turn.ts'

/** The pod may be of a revision that the StatefulSet's status, as we know it, does not name yet. */
const REVISION_SETTLES_MS = 10_000

/** Plans the evictions that a group needs to start anew; true: it is being restarted, so nothing is placed now. */
export function planGroupRestart(turn: Turn, members: readonly OwnedPod[]): boolean {
  const [first] = members
  if (first === undefined) return false
  const pods = members.map(({ pod }) => pod)
  const cause = restartCause(turn, pods, first.workload)
  if (cause === undefined) return false
  const leaving = pods.filter(pod => cause.isOutdated(pod) || pod.startedAtMs !== undefined)
  const { message } = cause
  const { uid } = first.workload
  for (const pod of leaving)
    turn.actions.push({ type: 'evict-pod', pod, workloadUid: uid, reason: 'GroupRestarted', message })
  return leaving.length > 0
}

interface Cause {
  readonly message: string
  isOutdated(pod: ObservedPod): boolean
}

function restartCause(
  turn: Turn,
  pods: readonly ObservedPod[],
  { updateRevision }: ObservedWorkload,
): Cause | undefined {
  const revisions = new Set(
    pods.map(pod => pod.controllerRevision).filter(revision => revision !== undefined),
  )
  const newest = newestRevision(pods)
  if (revisions.size > 1) {
    const wanted = updateRevision !== undefined && revisions.has(updateRevision) ? updateRevision : newest
    return {
      message: 'pods of an older revision run beside newer ones: the replica starts anew as a whole',
      isOutdated: pod => pod.controllerRevision !== undefined && pod.controllerRevision !== wanted,
    }
  }
  const differs = (pod: ObservedPod) =>
    updateRevision !== undefined &&
    pod.controllerRevision !== undefined &&
    pod.controllerRevision !== updateRevision
  if (pods.some(differs) && pods.every(pod => isDue(turn, pod.createdAtMs + REVISION_SETTLES_MS)))
    return {
      message: 'its StatefulSet has a newer revision: the replica starts anew as a whole',
      isOutdated: differs,
    }
  return pods.some(pod => cameLater(pod, pods))
    ? {
        message: 'another pod of the replica was made anew: the replica starts anew as a whole',
        isOutdated: () => false,
      }
    : undefined
}

function newestRevision(pods: readonly ObservedPod[]): string | undefined {
  return pods.toSorted(
    (left, right) => right.createdAtMs - left.createdAtMs || (left.name < right.name ? -1 : 1),
  )[0]?.controllerRevision
}

function cameLater(pod: ObservedPod, pods: readonly ObservedPod[]): boolean {
  return (
    pod.gates.includes(GATE_NAME) &&
    pods.some(({ startedAtMs }) => startedAtMs !== undefined && startedAtMs < pod.createdAtMs)
  )
}
