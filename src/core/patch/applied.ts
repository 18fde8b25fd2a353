// Pipeline: patch. What the files say from which an object was applied: kubectl's copy of the last one (client-side apply)
// and the fields that each manager applied (server-side apply). Other writes leave no trace of what was written.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import { entryFieldAt } from '../template/edit.ts'
import { valueAt } from './locate.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** True when such a file has a value at this keyed path. */
export function isApplied(object: JsonObject, path: readonly string[]): boolean {
  return appliedPaths(object)(path)
}

/** True for an object that no API server has stored or merged: it carries no trace of its writers. */
export function isOfAFile(object: JsonObject): boolean {
  const metadata = objectAt(object, 'metadata')
  const applied = stringAt(objectAt(metadata, 'annotations'), LAST_APPLIED)
  return applied === undefined && listAt(metadata, 'managedFields').length === 0
}

/** The same for many paths: what the object says of its files is read once. */
export function appliedPaths(object: JsonObject): (path: readonly string[]) => boolean {
  const metadata = objectAt(object, 'metadata')
  const text = stringAt(objectAt(metadata, 'annotations'), LAST_APPLIED)
  let file: JsonObject | undefined
  // Few files spell one of the fields out that are asked for: the text is parsed only where the last name occurs in it.
  const isInFile = (path: readonly string[]): boolean => {
    if (text === undefined || !text.includes(path.at(-1) ?? '')) return false
    file ??= parseObject(text)
    return valueAt(file, path) !== undefined
  }
  const isManaged = managedPaths(object, 'Apply')
  return path => isInFile(path) || isManaged(path)
}

/** True for paths that some manager owns by this kind of write. */
export function managedPaths(
  object: JsonObject,
  operation: 'Apply' | 'Update',
): (path: readonly string[]) => boolean {
  const managed = listAt(objectAt(object, 'metadata'), 'managedFields')
    .filter(isObject)
    .filter(manager => manager['operation'] === operation)
    .map(manager => objectAt(manager, 'fieldsV1'))
  return path => managed.some(fields => holdsField(fields, path))
}

/** FieldsV1: `f:NAME` for members, `k:{"name":"x"}` for list entries; an empty one stands for all that is below. */
function holdsField(fields: JsonObject, path: readonly string[]): boolean {
  let node: Json | undefined = fields
  for (const [depth, key] of path.entries()) {
    if (!isObject(node)) return false
    if (depth > 0 && Object.keys(node).length === 0) return true
    const mergeKey = entryFieldAt(path, depth)
    node = mergeKey === undefined ? memberOf(node, `f:${key}`) : entryOf(node, mergeKey, key)
  }
  return node !== undefined
}

function memberOf(node: JsonObject, field: string): Json | undefined {
  return Object.hasOwn(node, field) ? node[field] : undefined
}

function entryOf(node: JsonObject, mergeKey: string, key: string): Json | undefined {
  const field = Object.keys(node).find(name => {
    const value = name.startsWith('k:') ? parseObject(name.slice(2))[mergeKey] : undefined
    return (typeof value === 'string' || typeof value === 'number') && String(value) === key
  })
  return field === undefined ? undefined : node[field]
}

function parseObject(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
