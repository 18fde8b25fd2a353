// Pipeline: claim, projection. Raw node → what the planner decides by.
import { objectAt, type JsonObject } from '../api/json.ts'
import { readResources } from '../api/resources.ts'
import type { ObservedNode } from './observation.ts'
import { projectConditions, projectIdentity, projectTaints, textMapAt } from './project-metadata.ts'

/** Undefined where the object has no identity. */
export function projectNode(raw: JsonObject): ObservedNode | undefined {
  const identity = projectIdentity(raw)
  if (identity === undefined) return undefined
  const ready = projectConditions(raw).find(condition => condition.type === 'Ready')
  const isReady = ready?.status === 'True'
  return {
    ...identity,
    labels: textMapAt(objectAt(raw, 'metadata'), 'labels'),
    taints: projectTaints(raw),
    allocatable: readResources(objectAt(objectAt(raw, 'status'), 'allocatable')),
    ready: isReady,
    // A node that never said so has not been ready since it exists.
    ...(isReady ? {} : { notReadySinceMs: ready?.lastTransitionAtMs ?? identity.createdAtMs }),
    cordoned: objectAt(raw, 'spec')['unschedulable'] === true,
  }
}
