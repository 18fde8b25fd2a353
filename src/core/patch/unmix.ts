// Pipeline: patch. A client that merges (apply, Helm) writes the user's entry into ours field by field: `exec` of the file
// next to our `sleep`, the user's path next to our port. Our fields are taken out of such an entry again, so that what
// stands there is what the user's file says; one that names two handlers would even be refused by the API server.
import type { InventoryNode } from '../api/inventory.ts'
import { isObject, jsonEqual, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { isApplied } from './applied.ts'
import { Draft } from './draft.ts'
import { isOurs, leavesOf } from './inventory.ts'
import { locate, valueAt } from './locate.ts'

/** Fields of which an object may have only one: handlers of probes and hooks, sources of a variable. */
const UNIONS: readonly (readonly string[])[] = [
  ['exec', 'grpc', 'httpGet', 'sleep', 'tcpSocket'],
  ['value', 'valueFrom'],
]

/** `object` without our fields in entries that are the user's now; `stored` still has ours alone. */
export function unmix(
  object: JsonObject,
  stored: JsonObject | undefined,
  recorded: InventoryNode,
): { readonly operations: readonly Operation[]; readonly result: JsonObject } {
  if (stored === undefined) return { operations: [], result: object }
  const draft = new Draft(object)
  for (const [path, leaf] of leavesOf(recorded)) {
    const ours = valueAt(stored, path)
    const place = locate(draft.root, path)
    if (place.kind !== 'found' || !isObject(ours) || !isObject(place.value)) continue
    if (!isOurs(leaf, ours) || isOurs(leaf, place.value)) continue
    for (const member of leftOvers(object, path, place.value, ours))
      draft.remove([...place.tokens, ...member])
  }
  return { operations: draft.operations, result: draft.root }
}

/** Where the entry holds something of ours that the user did not write. */
function leftOvers(
  object: JsonObject,
  path: readonly string[],
  value: JsonObject,
  ours: JsonObject,
): readonly (readonly string[])[] {
  if (isApplied(object, path)) return [...unwritten(object, path, [], value, ours)]
  const added = Object.keys(value).filter(key => !Object.hasOwn(ours, key))
  const excluded = path.at(-2) === 'volumes' && added.length > 0 ? Object.keys(ours) : othersOf(added)
  return excluded.filter(key => key !== 'name' && jsonEqual(value[key], ours[key] ?? null)).map(key => [key])
}

/** The file that was applied has this entry: what is not in it is not the user's. */
function* unwritten(
  object: JsonObject,
  path: readonly string[],
  member: readonly string[],
  value: JsonObject,
  ours: JsonObject,
): Generator<readonly string[]> {
  for (const [key, our] of Object.entries(ours)) {
    const inner = [...member, key]
    const now = Object.hasOwn(value, key) ? value[key] : undefined
    const written = isApplied(object, [...path, ...inner])
    if (!written && now !== undefined && jsonEqual(now, our)) yield inner
    else if (isObject(now) && isObject(our)) yield* unwritten(object, path, inner, now, our)
  }
}

/** The other fields of the unions to which these belong. */
function othersOf(keys: readonly string[]): readonly string[] {
  return UNIONS.filter(union => keys.some(key => union.includes(key))).flat()
}
