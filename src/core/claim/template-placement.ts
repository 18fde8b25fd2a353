// Pipeline: claim. Is the placement of a pod that of the template it was made from? Anybody who may edit pods could write
// another one into the annotation; templates are reviewed by admission.
import { canonicalJson, type Json } from '../api/json.ts'
import type { ObservedPod, ObservedWorkload, PodPlacement } from '../workload/observed.ts'
import type { Observation } from './observation.ts'

/** Why it is not; undefined: it is. `isPassing`: the template may only be known a moment later. */
export interface ForeignPlacement {
  readonly message: string
  readonly isPassing: boolean
}

/**
 * | controller  | the placement is that of                                                                    |
 * |-------------|---------------------------------------------------------------------------------------------|
 * | ReplicaSet  | its template                                                                                |
 * | Job         | its template                                                                                |
 * | StatefulSet | its template, or the ControllerRevision of it that the label controller-revision-hash names |
 */
export function foreignPlacement(
  pod: ObservedPod,
  workload: ObservedWorkload,
  observation: Observation,
): ForeignPlacement | undefined {
  const { controller, placement } = pod
  if (observation.revisions === undefined || controller === undefined) return undefined
  const { kind, name, uid } = controller
  const isThat = (other: PodPlacement | undefined): boolean => isSame(placement, other)
  const message = `its annotation kaito.sh/placement is not that of the template of ${kind} ${name}: somebody has edited it`
  if (kind === 'ReplicaSet')
    return isThat(observation.replicaSets.get(uid)?.placement) ? undefined : { message, isPassing: false }
  if (isThat(workload.placement)) return undefined
  if (kind !== 'StatefulSet') return { message, isPassing: false }
  const revision = observation.revisions.get(`${pod.namespace}/${pod.controllerRevision ?? ''}`)
  if (revision?.ownerUid !== uid) return { message, isPassing: true }
  return isThat(revision.placement) ? undefined : { message, isPassing: false }
}

/** Equal texts of the annotation are read as one and the same object. */
function isSame(left: PodPlacement | undefined, right: PodPlacement | undefined): boolean {
  if (left === right) return left !== undefined
  return left !== undefined && right !== undefined && textOf(left) === textOf(right)
}

function textOf(placement: PodPlacement): string {
  return canonicalJson({ ...placement } satisfies Json)
}
