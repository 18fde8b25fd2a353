// Pipeline: cli. How objects are named to people and scripts.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'

export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** apiVersion, kind, namespace and name; a namespace that is not given is `default`, as kubectl's own. */
export function referenceTo(object: JsonObject): ObjectReference {
  const metadata = objectAt(object, 'metadata')
  return {
    apiVersion: stringAt(object, 'apiVersion') ?? '',
    kind: stringAt(object, 'kind') ?? '',
    namespace: stringAt(metadata, 'namespace') ?? 'default',
    name: stringAt(metadata, 'name') ?? stringAt(metadata, 'generateName') ?? '',
  }
}

/** `Deployment/phi-4-mini`. */
export function shortReference(object: JsonObject): string {
  const { kind, name } = referenceTo(object)
  return `${kind}/${name}`
}
