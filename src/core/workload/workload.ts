// Pipeline: workload. What the rest of the core must know of a kind, behind one small interface: where its annotations
// and pod template stand, and which optional behaviour it has. A new kind is one small file and a line in kinds.ts.
import { objectAt, type JsonObject } from '../api/json.ts'

/** One kind, as data. */
export interface WorkloadKind {
  readonly kind: string
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Path of the metadata that carries kaito.sh/ annotations. */
  readonly metadataAt: readonly string[]
  /** Path of the spec that the pod template stands in. */
  readonly specAt: readonly string[]
  /** Path of the pod template. */
  readonly templateAt: readonly string[]
  /** It rolls pods out with surge and a progress deadline (Deployment). */
  readonly rollsOut: boolean
  /** Its pods do a piece of work and end (Job, CronJob): nothing is served. */
  readonly runsToCompletion: boolean
  /** Its pods are numbered and have names in DNS (StatefulSet): several of them can be one replica. */
  readonly hasOrdinals: boolean
  /** The pod template cannot change once the object exists (Job): injected on CREATE or never. */
  readonly hasFixedTemplate: boolean
  /** Other places that injection writes on CREATE and that nobody can change afterwards. */
  readonly immutableAt: readonly (readonly string[])[]
}

/** The object at `path`; an empty one where a step is absent or not an object. */
export function objectAtPath(root: JsonObject, path: readonly string[]): JsonObject {
  return path.reduce((node, key) => objectAt(node, key), root)
}

/** The annotations of the workload itself. */
export function annotationsOf(kind: WorkloadKind, object: JsonObject): JsonObject {
  return objectAt(objectAtPath(object, kind.metadataAt), 'annotations')
}

/** Where the annotations stand, in Kubernetes' notation: `metadata.annotations`. */
export function annotationsPath(kind: WorkloadKind): string {
  return [...kind.metadataAt, 'annotations'].join('.')
}
