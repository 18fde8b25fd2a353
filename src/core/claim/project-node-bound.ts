// Pipeline: claim, projection. Pods that go with their node and hold nothing up: of a DaemonSet, and static ones.
import { objectAt, type JsonObject } from '../api/json.ts'
import { projectController } from './project-metadata.ts'

/** The kubelet's sign on the API object of a static pod. */
const MIRROR = 'kubernetes.io/config.mirror'

/** True for a pod that was made for its node, whatever it selects. */
export function isNodeBound(raw: JsonObject): boolean {
  const annotations = objectAt(objectAt(raw, 'metadata'), 'annotations')
  return projectController(raw)?.kind === 'DaemonSet' || Object.hasOwn(annotations, MIRROR)
}
