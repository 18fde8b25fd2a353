// Pipeline: patch. Brings an object from what a recorded plan had added to what the new edits want, in one pass and
// without a diff: additions where nothing stands, replacement where what stands is ours or an API default, nothing where
// it is the user's, removal of what the record has and the edits do not. With no edits it is the exact inverse.
import { hashEntry } from '../api/hash.ts'
import type { InventoryNode } from '../api/inventory.ts'
import { isObject, jsonEqual, type Json, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { entryFieldAt, isEntryDefault, isUnset, type Edit } from '../template/edit.ts'
import { Draft, type Token } from './draft.ts'
import {
  copyInventory,
  createdNodesOf,
  holds,
  isCreated,
  isOurs,
  leafAt,
  leavesOf,
  markCreated,
  setLeaf,
  type CreatedMark,
  type Leaf,
  type MutableInventory,
} from './inventory.ts'
import { entryKey, indexOfEntry, locate, valueAt, type Location } from './locate.ts'

export interface ReconcileInput {
  readonly object: JsonObject
  readonly edits: readonly Edit[]
  /** What an earlier plan had added to `object`. */
  readonly recorded?: InventoryNode | undefined
  /** Where entries of lists stood before (the stored object): new ones go back to that place. */
  readonly order?: JsonObject | undefined
  /** Keep what is recorded and not among the edits (putting back), instead of taking it back (planning anew). */
  readonly keepRest?: boolean
}

export interface Reconciled {
  readonly operations: readonly Operation[]
  readonly result: JsonObject
  /** The new inventory. */
  readonly added: InventoryNode
  /** Places where something of the wrong type stands in the way, as field paths. */
  readonly obstructed: readonly string[]
}

/** See the header; pure, total for any JSON object. */
export function reconcile(input: ReconcileInput): Reconciled {
  const { object, edits, recorded = {}, keepRest = false } = input
  const pass: Pass = {
    draft: new Draft(object),
    recorded,
    order: input.order,
    added: keepRest ? copyInventory(recorded) : {},
    obstructed: [],
  }
  for (const edit of edits) applyEdit(pass, edit)
  if (!keepRest && Object.keys(recorded).length > 0) takeBackRest(pass, edits)
  return {
    operations: pass.draft.operations,
    result: pass.draft.root,
    added: pass.added,
    obstructed: [...new Set(pass.obstructed)],
  }
}

interface Pass {
  readonly draft: Draft
  readonly recorded: InventoryNode
  readonly order: JsonObject | undefined
  readonly added: MutableInventory
  readonly obstructed: string[]
}

function applyEdit(pass: Pass, edit: Edit): void {
  const { path } = edit
  const place = locate(pass.draft.root, path)
  if (place.kind === 'obstructed') pass.obstructed.push(fieldPath(place.tokens))
  else if (place.kind === 'absent') setLeaf(pass.added, path, addValue(pass, edit, place))
  else setLeaf(pass.added, path, meetValue(pass, edit, place.tokens, place.value))
}

/** Nothing stands there: add the value, and the containers on the way to it. */
function addValue(pass: Pass, { path, value }: Edit, place: Location & { kind: 'absent' }): Leaf {
  const tokens = [...place.tokens]
  for (let depth = path.length - place.rest.length; depth < path.length - 1; depth++) {
    tokens.push(createContainer(pass, path, depth, tokens))
  }
  const key = path.at(-1) ?? ''
  const token = tokenFor(pass, path, path.length - 1, tokens)
  const wasNull = place.rest.length === 1 && isNullMember(pass.draft.root, tokens, key)
  if (wasNull) pass.draft.replace([...tokens, token], value)
  else pass.draft.add([...tokens, token], value)
  return wasNull ? [hashEntry(value), null] : hashEntry(value)
}

/** Makes the container for `path[depth]` under `tokens` and marks it as made by injection; its token is returned. */
function createContainer(
  pass: Pass,
  path: readonly string[],
  depth: number,
  tokens: readonly Token[],
): Token {
  const key = path[depth] ?? ''
  const mergeField = entryFieldAt(path, depth)
  const token = tokenFor(pass, path, depth, tokens)
  const isList = entryFieldAt(path, depth + 1) !== undefined
  const container = mergeField !== undefined ? { [mergeField]: key } : isList ? [] : {}
  const wasNull = mergeField === undefined && isNullMember(pass.draft.root, tokens, key)
  pass.draft.create(wasNull ? 'replace' : 'add', [...tokens, token], container)
  markCreated(pass.added, path.slice(0, depth + 1), wasNull ? [null] : 1)
  return token
}

/** The member name, or for a list the position at which a new entry goes. */
function tokenFor(pass: Pass, path: readonly string[], depth: number, tokens: readonly Token[]): Token {
  const key = path[depth] ?? ''
  if (entryFieldAt(path, depth) === undefined) return key
  const entries = asList(containerAt(pass.draft.root, tokens))
  const before = pass.order === undefined ? [] : asList(valueAt(pass.order, path.slice(0, depth)))
  return positionOf(entries, before, path[depth - 1] ?? '', key)
}

/** After the nearest entry that stood before it, else in front of the nearest that stood behind it, else at the end. */
function positionOf(entries: readonly Json[], before: readonly Json[], list: string, key: string): number {
  const stood = indexOfEntry(before, list, key)
  if (stood < 0) return entries.length
  const positions = new Map(entries.map((entry, index) => [entryKey(entry, list), index] as const))
  for (let index = stood - 1; index >= 0; index--) {
    const position = positionOfEntry(before[index], list, positions)
    if (position !== undefined) return position + 1
  }
  for (let index = stood + 1; index < before.length; index++) {
    const position = positionOfEntry(before[index], list, positions)
    if (position !== undefined) return position
  }
  return entries.length
}

function positionOfEntry(
  entry: Json | undefined,
  list: string,
  positions: ReadonlyMap<string | undefined, number>,
): number | undefined {
  const key = entry === undefined ? undefined : entryKey(entry, list)
  return key === undefined ? undefined : positions.get(key)
}

/** Something stands there: ours is brought up to date, what says nothing is replaced, the user's stays. */
function meetValue(pass: Pass, edit: Edit, tokens: readonly Token[], value: Json): Leaf {
  const recorded = leafAt(pass.recorded, edit.path)
  const equal = jsonEqual(value, edit.value)
  if (recorded !== undefined && recorded !== 0 && isOurs(recorded, value)) {
    if (equal) return recorded
    pass.draft.replace(tokens, edit.value)
    return typeof recorded === 'string' ? hashEntry(edit.value) : [hashEntry(edit.value), recorded[1]]
  }
  if (equal || !(edit.merges === true || isUnset(edit.path, value))) return 0
  pass.draft.replace(tokens, edit.value)
  return [hashEntry(edit.value), value]
}

/** Undoes what the record has and the edits do not, then the containers that injection had made and nobody uses. */
function takeBackRest(pass: Pass, edits: readonly Edit[]): void {
  const wanted = new Set(edits.map(edit => edit.path.join('\n')))
  for (const [path, leaf] of leavesOf(pass.recorded))
    if (!wanted.has(path.join('\n'))) takeBack(pass, path, leaf)
  for (const [path, mark] of createdNodesOf(pass.recorded)) {
    if (!holds(pass.added, path)) removeIfEmpty(pass, path, mark)
    else if (!isCreated(pass.added, path)) markCreated(pass.added, path, mark)
  }
}

function takeBack(pass: Pass, path: readonly string[], leaf: Leaf): void {
  const place = locate(pass.draft.root, path)
  if (place.kind !== 'found' || leaf === 0 || !isOurs(leaf, place.value)) return
  if (typeof leaf === 'string') pass.draft.remove(place.tokens)
  else pass.draft.replace(place.tokens, leaf[1])
}

function removeIfEmpty(pass: Pass, path: readonly string[], mark: CreatedMark): void {
  const place = locate(pass.draft.root, path)
  if (place.kind !== 'found' || !isEmpty(place.value, entryFieldAt(path, path.length - 1))) return
  if (mark === 1) pass.draft.remove(place.tokens)
  else pass.draft.replace(place.tokens, mark[0])
}

/** Nothing in it but, for an entry of a list, its merge key and what the API server writes into every entry. */
function isEmpty(value: Json, mergeField: string | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (!isObject(value)) return false
  return Object.entries(value).every(
    ([key, member]) => mergeField !== undefined && (key === mergeField || isEntryDefault(key, member)),
  )
}

function isNullMember(root: JsonObject, tokens: readonly Token[], key: string): boolean {
  const container = containerAt(root, tokens)
  return isObject(container) && Object.hasOwn(container, key) && container[key] === null
}

function containerAt(root: JsonObject, tokens: readonly Token[]): Json | undefined {
  let node: Json | undefined = root
  for (const token of tokens)
    node = Array.isArray(node)
      ? (node as readonly Json[])[Number(token)]
      : isObject(node)
        ? node[String(token)]
        : undefined
  return node
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

/** Kubernetes' notation for a place: `spec.template.spec.containers[0].env`. */
export function fieldPath(tokens: readonly Token[]): string {
  return tokens
    .map((token, index) => (typeof token === 'number' ? `[${token}]` : index === 0 ? token : `.${token}`))
    .join('')
}
