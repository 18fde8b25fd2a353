// Pipeline: patch. Finds the place that a keyed path names in a raw object: merge keys become positions.
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import { entryFieldAt, mergeKeyOf } from '../template/edit.ts'
import type { Token } from './draft.ts'

/**
 * - found: the value and its tokens (a null counts as nothing: see absent).
 * - absent: `tokens` lead to the deepest container there is; `rest` is what is missing, at least one key.
 * - obstructed: what stands at `tokens` is of a type that the next key cannot enter.
 */
export type Location =
  | { readonly kind: 'found'; readonly tokens: readonly Token[]; readonly value: Json }
  | { readonly kind: 'absent'; readonly tokens: readonly Token[]; readonly rest: readonly string[] }
  | { readonly kind: 'obstructed'; readonly tokens: readonly Token[] }

/** Where `path` leads in `root`. */
export function locate(root: JsonObject, path: readonly string[]): Location {
  const tokens: Token[] = []
  let node: Json = root
  let list = ''
  let entryField: string | undefined
  for (let depth = 0; depth < path.length; depth++) {
    const key = path[depth] ?? ''
    // As entryFieldAt, without beginning at the root for every step: a decision asks for hundreds.
    entryField = entryField === undefined ? mergeKeyOf(list) : undefined
    if (!canEnter(node, entryField)) return { kind: 'obstructed', tokens }
    const token: Token = Array.isArray(node) ? indexOfEntry(node as readonly Json[], list, key) : key
    const child: Json | undefined = childAt(node, token)
    if (child === undefined || child === null) return { kind: 'absent', tokens, rest: path.slice(depth) }
    tokens.push(token)
    node = child
    list = key
  }
  return { kind: 'found', tokens, value: node }
}

/** The value at `path`; undefined where there is none. */
export function valueAt(root: JsonObject, path: readonly string[]): Json | undefined {
  const location = locate(root, path)
  return location.kind === 'found' ? location.value : undefined
}

/** Position of the entry with this merge key in the list called `list`; -1 where there is none. */
export function indexOfEntry(entries: readonly Json[], list: string, key: string): number {
  return entries.findIndex(entry => entryKey(entry, list) === key)
}

/** The merge key of an entry of the list called `list`; undefined where it has none. */
export function entryKey(entry: Json, list: string): string | undefined {
  const field = mergeKeyOf(list)
  const key = field !== undefined && isObject(entry) && Object.hasOwn(entry, field) ? entry[field] : undefined
  return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined
}

/** A keyed path for people: `spec.template.spec.containers[model].resources.limits[nvidia.com/gpu]`. */
export function keyedFieldPath(path: readonly string[]): string {
  return path
    .map((key, depth) => {
      if (entryFieldAt(path, depth) !== undefined || !/^[A-Za-z]+$/.test(key)) return `[${key}]`
      return depth === 0 ? key : `.${key}`
    })
    .join('')
}

/** A list is entered by merge key, anything else must be an object. */
function canEnter(node: Json, entryField: string | undefined): boolean {
  return entryField === undefined ? isObject(node) : Array.isArray(node)
}

function childAt(node: Json, token: Token): Json | undefined {
  if (Array.isArray(node)) return (node as readonly Json[])[Number(token)]
  return isObject(node) && Object.hasOwn(node, token) ? node[String(token)] : undefined
}
