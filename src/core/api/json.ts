// Pipeline: the ground under everything. Kubernetes objects are raw, readonly JSON, so that fields this version does
// not know survive (never through typed client models).

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** True for a JSON object: neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object under `key`, or an empty one where there is none (absent, null or of another type). */
export function objectAt(parent: JsonObject | undefined, key: string): JsonObject {
  const value = parent === undefined || !Object.hasOwn(parent, key) ? undefined : parent[key]
  return isObject(value) ? value : {}
}

/** The list under `key`, or an empty one where there is none (absent, null or of another type). */
export function listAt(parent: JsonObject | undefined, key: string): readonly Json[] {
  const value = parent === undefined || !Object.hasOwn(parent, key) ? undefined : parent[key]
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

/** The string under `key`, or undefined where there is none or it is empty: the API server treats both alike. */
export function stringAt(parent: JsonObject | undefined, key: string): string | undefined {
  const value = parent === undefined || !Object.hasOwn(parent, key) ? undefined : parent[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** JSON text with object keys sorted: equal values give equal text, whatever the order in which they were written. */
export function canonicalJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'string') return quote(value)
  if (!isObject(value)) return JSON.stringify(value ?? null)
  let members = ''
  for (const key of sortedKeys(value)) {
    const member = value[key]
    if (member === undefined) continue
    members += `${members === '' ? '' : ','}${quote(key)}:${canonicalJson(member)}`
  }
  return `{${members}}`
}

/** Most objects have a key or two, in their order as they are: a copy of each would be a tenth of a decision's garbage. */
function sortedKeys(value: JsonObject): readonly string[] {
  const keys = Object.keys(value)
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') <= key) ? keys : keys.toSorted()
}

/** Nothing of it is escaped in JSON. */
const PLAIN = /^[\w./:-]*$/

/** As JSON.stringify, which takes longer for the short words of which plans are made. */
function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** True when both are the same JSON value (order of object keys aside). */
export function jsonEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  return canonicalJson(left) === canonicalJson(right)
}

/** For people: a text as it is, anything else as JSON. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
