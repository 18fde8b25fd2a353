// Pipeline: claim, projection. Objects of which the controller only asks whose they are: ReplicaSets (a step on the way
// from a pod to its Deployment), Services, and ConfigMaps with settings of tuning.
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import {
  SERVICE_SPEC_ANNOTATION,
  TUNING_CONFIG_LABEL,
  type ManagedService,
  type ObservedConfigMap,
  type ObservedOwner,
  type ObservedRevision,
  type ObservedService,
} from '../workload/observed.ts'
import {
  objectsAt,
  ownerReferences,
  projectController,
  projectIdentity,
  textMapAt,
} from './project-metadata.ts'
import { projectPlacement } from './project-placement.ts'

/** Undefined where the object has no identity. */
export function projectReplicaSet(raw: JsonObject): ObservedOwner | undefined {
  const identity = projectIdentity(raw)
  if (identity === undefined) return undefined
  const { uid, resourceVersion } = identity
  const controller = projectController(raw)
  const placement = projectPlacement(objectAt(objectAt(raw, 'spec'), 'template'))
  return {
    uid,
    resourceVersion,
    ...(controller !== undefined && { controller }),
    ...(placement !== undefined && { placement }),
  }
}

/** Undefined where it has no identity, or no controller. */
export function projectRevision(raw: JsonObject): ObservedRevision | undefined {
  const identity = projectIdentity(raw)
  const controller = projectController(raw)
  if (identity === undefined || controller === undefined) return undefined
  const { uid, resourceVersion, namespace, name } = identity
  // Of a patch of the StatefulSet: https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/controller/statefulset/stateful_set_utils.go
  const placement = projectPlacement(objectAt(objectAt(objectAt(raw, 'data'), 'spec'), 'template'))
  return {
    uid,
    resourceVersion,
    namespace,
    name,
    ownerUid: controller.uid,
    ...(placement !== undefined && { placement }),
  }
}

/** Undefined where the object has no identity. */
export function projectService(raw: JsonObject): ObservedService | undefined {
  const identity = projectIdentity(raw)
  if (identity === undefined) return undefined
  const ownerUids = ownerReferences(raw).flatMap(owner => stringAt(owner, 'uid') ?? [])
  const managed = projectManaged(raw)
  return { ...identity, ownerUids, ...(managed !== undefined && { managed }) }
}

/** Clusters have many Services, and few are ours: nothing of the others' specs is remembered. */
function projectManaged(raw: JsonObject): ManagedService | undefined {
  const annotations = objectAt(objectAt(raw, 'metadata'), 'annotations')
  const specHash = stringAt(annotations, SERVICE_SPEC_ANNOTATION)
  if (specHash === undefined) return undefined
  const spec = objectAt(raw, 'spec')
  return { specHash, selector: textMapAt(spec, 'selector'), ports: objectsAt(spec, 'ports') }
}

/** Undefined where the object has no identity. */
export function projectConfigMap(raw: JsonObject): ObservedConfigMap | undefined {
  const identity = projectIdentity(raw)
  if (identity === undefined) return undefined
  const labels = objectAt(objectAt(raw, 'metadata'), 'labels')
  const isOurs = stringAt(labels, TUNING_CONFIG_LABEL) !== undefined
  return { ...identity, owners: ownerReferences(raw), isOurs }
}
