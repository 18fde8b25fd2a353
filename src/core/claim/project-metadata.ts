// Pipeline: claim, projection. The parts that all kinds have: identity, owner, labels, conditions. Nothing here throws,
// whatever the JSON: what is missing or of another type counts as absent.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../api/json.ts'
import type { ControllerReference, ObservedCondition, ObservedObject, Taint } from '../workload/observed.ts'
import { createSharing, sharedText } from './project-shared.ts'

type TextMap = Readonly<Record<string, string>>

const sharedTextMap = createSharing<TextMap>(map => JSON.stringify(map))
const sharedTaints = createSharing<readonly Taint[]>(taints => JSON.stringify(taints))
const sharedController = createSharing<ControllerReference>(({ uid, kind }) => `${kind} ${uid}`)

/** Identity and version; undefined where the API server cannot have sent it (no uid, name or resourceVersion). */
export function projectIdentity(raw: JsonObject): ObservedObject | undefined {
  const metadata = objectAt(raw, 'metadata')
  const uid = stringAt(metadata, 'uid')
  const name = stringAt(metadata, 'name')
  const resourceVersion = stringAt(metadata, 'resourceVersion')
  if (uid === undefined || name === undefined || resourceVersion === undefined) return undefined
  const namespace = sharedText(stringAt(metadata, 'namespace') ?? '')
  const createdAtMs = timeAt(metadata, 'creationTimestamp') ?? 0
  const identity = { uid, namespace, name, resourceVersion, createdAtMs }
  const deletedAtMs = timeAt(metadata, 'deletionTimestamp')
  return deletedAtMs === undefined ? identity : { ...identity, deletedAtMs }
}

/** A timestamp (RFC 3339) in milliseconds; undefined where there is none. */
export function timeAt(parent: JsonObject, key: string): number | undefined {
  const text = stringAt(parent, key)
  const time = text === undefined ? NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** The whole number under `key`; undefined where there is none. */
export function integerAt(parent: JsonObject, key: string): number | undefined {
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** Labels, annotations, a node selector: its entries that are text. */
export function textMapAt(parent: JsonObject, key: string): TextMap {
  const texts = Object.entries(objectAt(parent, key)).filter(isTextEntry)
  return sharedTextMap(Object.fromEntries(texts.map(([name, text]) => [name, sharedText(text)])))
}

function isTextEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string'
}

/** The objects of a list; everything else in it is left out. */
export function objectsAt(parent: JsonObject, key: string): readonly JsonObject[] {
  return listAt(parent, key).filter(isObject)
}

/** The owner that controls it: at most one owner reference has `controller: true`. */
export function projectController(raw: JsonObject): ControllerReference | undefined {
  const owner = ownerReferences(raw).find(reference => reference['controller'] === true)
  if (owner === undefined) return undefined
  const apiVersion = stringAt(owner, 'apiVersion')
  const kind = stringAt(owner, 'kind')
  const name = stringAt(owner, 'name')
  const uid = stringAt(owner, 'uid')
  if (apiVersion === undefined || kind === undefined || name === undefined || uid === undefined)
    return undefined
  return sharedController({ apiVersion, kind, name, uid })
}

/** metadata.ownerReferences. */
export function ownerReferences(raw: JsonObject): readonly JsonObject[] {
  return objectsAt(objectAt(raw, 'metadata'), 'ownerReferences')
}

/** status.conditions, foreign ones too. */
export function projectConditions(raw: JsonObject): readonly ObservedCondition[] {
  return objectsAt(objectAt(raw, 'status'), 'conditions').map(projectCondition)
}

function projectCondition(raw: JsonObject): ObservedCondition {
  const lastTransitionAtMs = timeAt(raw, 'lastTransitionTime')
  return {
    type: sharedText(stringAt(raw, 'type') ?? ''),
    status: sharedText(stringAt(raw, 'status') ?? 'Unknown'),
    reason: sharedText(stringAt(raw, 'reason') ?? ''),
    message: stringAt(raw, 'message') ?? '',
    ...(lastTransitionAtMs === undefined ? {} : { lastTransitionAtMs }),
  }
}

/** spec.taints of a node or of a claim. */
export function projectTaints(raw: JsonObject): readonly Taint[] {
  return sharedTaints(objectsAt(objectAt(raw, 'spec'), 'taints').flatMap(projectTaint))
}

function projectTaint(raw: JsonObject): readonly Taint[] {
  const key = stringAt(raw, 'key')
  const effect = stringAt(raw, 'effect')
  const value = stringAt(raw, 'value')
  if (key === undefined || effect === undefined) return []
  return [value === undefined ? { key, effect } : { key, value, effect }]
}
