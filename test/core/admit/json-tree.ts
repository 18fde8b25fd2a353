// JSON values as trees: leaf paths, freezing, and other orders of keys.
import { isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'

export type Step = string | number

/** Every leaf (a scalar, null, or an empty list or object) with its path. */
export function* leaves(
  value: Json,
  path: readonly Step[] = [],
): Generator<readonly [readonly Step[], Json]> {
  const entries: readonly (readonly [Step, Json])[] = Array.isArray(value)
    ? (value as readonly Json[]).map((entry, index) => [index, entry] as const)
    : isObject(value)
      ? Object.entries(value).flatMap(([key, member]) =>
          member === undefined ? [] : [[key, member] as const],
        )
      : []
  if (entries.length === 0) yield [path, value]
  for (const [step, child] of entries) yield* leaves(child, [...path, step])
}

/** The value at a path of positions and keys; undefined where there is none. */
export function at(value: Json | undefined, path: readonly Step[]): Json | undefined {
  let node = value
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined
    node = (node as Readonly<Record<Step, Json | undefined>>)[step]
  }
  return node
}

/** Frozen all the way down, so that a write to it throws. */
export function deepFreeze<T extends Json>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) if (child !== undefined) deepFreeze(child)
  }
  return value
}

/** The same JSON with the keys of every object the other way round. */
export function withKeysReversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withKeysReversed)
  if (!isObject(value)) return value
  const reversed: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value).toReversed())
    if (member !== undefined) defineKey(reversed, key, withKeysReversed(member))
  return reversed
}

/** A copy in which the value at the path is replaced, or taken away where `value` is undefined. */
export function withValueAt(root: Json, path: readonly Step[], value: Json | undefined): Json {
  const [step, ...rest] = path
  if (step === undefined) return value ?? null
  if (Array.isArray(root)) {
    const list = [...(root as readonly Json[])]
    const index = Number(step)
    if (rest.length > 0) list[index] = withValueAt(list[index] ?? {}, rest, value)
    else if (value === undefined) list.splice(index, 1)
    else list[index] = value
    return list
  }
  const copy: Record<string, Json | undefined> = isObject(root) ? { ...root } : {}
  const key = String(step)
  if (rest.length > 0) defineKey(copy, key, withValueAt(copy[key] ?? {}, rest, value))
  else if (value === undefined) delete copy[key]
  else defineKey(copy, key, value)
  return copy
}

/** `__proto__` as a key like any other. */
function defineKey(object: Record<string, Json | undefined>, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/** A JSON object by assertion: for values that a test has just made. */
export function asObject(value: Json): JsonObject {
  if (!isObject(value)) throw new TypeError('not a JSON object')
  return value
}
