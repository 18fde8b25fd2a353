// Workload specs compared as Kubernetes means them: lists with merge keys have no order (a rollout is another matter, which
// exact equality of two templates answers).
import { canonicalJson, isObject, jsonEqual, type Json, type JsonObject } from '../../src/core/api/json.ts'

/** The first that an entry has tells it from the others of its list. */
const MERGE_KEYS = ['mountPath', 'containerPort', 'name', 'key']

/** Lists of objects in one order, entries as often as they were there. */
export function normalised(value: Json | undefined): Json {
  if (Array.isArray(value)) {
    const entries = (value as readonly Json[]).map(normalised)
    return entries.every(isObject) ? entries.toSorted(byCanonicalJson) : entries
  }
  if (!isObject(value)) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalised(member)]))
}

/** One line for each place where `actual` is not what was expected. */
export function differences(actual: Json | undefined, expected: Json | undefined, path = ''): string[] {
  if (jsonEqual(actual, expected)) return []
  const [left, right] = [membersOf(actual), membersOf(expected)]
  if (left === undefined || right === undefined)
    return [`${path}: ${show(actual)}, expected ${show(expected)}`]
  const keys = new Set([...left.keys(), ...right.keys()])
  return [...keys].flatMap(key => differences(left.get(key), right.get(key), `${path}.${key}`))
}

/** What the user wrote and the object lacks; the object may hold more. */
export function lacks(object: Json | undefined, written: Json | undefined, path = ''): string[] {
  const [left, right] = [membersOf(object), membersOf(written)]
  if (right === undefined || left === undefined)
    return jsonEqual(object, written) ? [] : [`${path}: ${show(object)}, the user wrote ${show(written)}`]
  return [...right].flatMap(([key, member]) => lacks(left.get(key), member, `${path}.${key}`))
}

/** Members of an object, or entries of a list by merge key; a second entry with the same key gets a key of its own. */
function membersOf(value: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (Array.isArray(value)) {
    const entries = value as readonly Json[]
    const members = new Map<string, Json>()
    for (const [index, entry] of entries.entries()) {
      const key = `[${mergeKey(entry) ?? index}]`
      members.set(members.has(key) ? `${key} once more` : key, entry)
    }
    return members
  }
  if (!isObject(value)) return undefined
  return new Map(Object.entries(value).filter((member): member is [string, Json] => member[1] !== undefined))
}

function mergeKey(entry: Json): string | undefined {
  if (!isObject(entry)) return undefined
  const key = MERGE_KEYS.map(field => entry[field]).find(value => value !== undefined)
  return key === undefined ? undefined : JSON.stringify(key)
}

function byCanonicalJson(left: Json, right: Json): number {
  return canonicalJson(left) < canonicalJson(right) ? -1 : 1
}

function show(value: Json | undefined): string {
  return value === undefined ? 'nothing' : canonicalJson(value)
}

/** The pod template of a workload, as one value. */
export function templateOf(object: JsonObject): Json | undefined {
  const spec = object['spec']
  return isObject(spec) ? spec['template'] : undefined
}
