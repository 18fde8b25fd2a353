// Pipeline: patch. Reading and writing the inventory tree of a plan (its form: src/core/api/inventory.ts).
import { hashEntry } from '../api/hash.ts'
import type { Inventory, InventoryNode } from '../api/inventory.ts'
import { isObject, jsonEqual, type Json, type JsonObject } from '../api/json.ts'
import { isUnset } from '../template/edit.ts'
import { valueAt } from './locate.ts'

export type Leaf = Exclude<Inventory, InventoryNode>
export type CreatedMark = 1 | readonly [Json]
export interface MutableInventory {
  [key: string]: Inventory | MutableInventory | CreatedMark
}

const CREATED = '+'

/** All leaves with their keyed paths, in the tree's own order. */
export function* leavesOf(
  node: InventoryNode,
  path: readonly string[] = [],
): Generator<readonly [readonly string[], Leaf]> {
  for (const [key, child] of Object.entries(node)) {
    if (key === CREATED) continue
    const childPath = [...path, key]
    if (isNode(child)) yield* leavesOf(child, childPath)
    else yield [childPath, child as Leaf]
  }
}

/** Every node that injection made, deepest first: an outer one can only be empty once the inner ones are gone. */
export function* createdNodesOf(
  node: InventoryNode,
  path: readonly string[] = [],
): Generator<readonly [readonly string[], CreatedMark]> {
  for (const [key, child] of Object.entries(node))
    if (key !== CREATED && isNode(child)) yield* createdNodesOf(child, [...path, key])
  const mark = Object.hasOwn(node, CREATED) ? node[CREATED] : undefined
  if (mark !== undefined) yield [path, mark as CreatedMark]
}

/** The leaf at `path`; undefined where the inventory has none. */
export function leafAt(root: InventoryNode | undefined, path: readonly string[]): Leaf | undefined {
  const found = nodeAt(root, path)
  return found === undefined || isNode(found) ? undefined : (found as Leaf)
}

/** True when the inventory holds anything at or below `path`. */
export function holds(root: InventoryNode, path: readonly string[]): boolean {
  return nodeAt(root, path) !== undefined
}

/** The inventory without all that is at or below `path`. */
export function withoutNode(root: InventoryNode, path: readonly string[]): InventoryNode {
  const copy = copyInventory(root)
  let parent: MutableInventory | undefined = copy
  for (const key of path.slice(0, -1)) {
    const child: MutableInventory[string] | undefined = parent?.[key]
    parent = isMutableNode(child) ? child : undefined
  }
  if (parent !== undefined) delete parent[path.at(-1) ?? '']
  return copy
}

/** True when the node at `path` was made by injection. */
export function isCreated(root: InventoryNode, path: readonly string[]): boolean {
  return nodeAt(root, [...path, CREATED]) !== undefined
}

/** The hash of the added value; undefined for a user's value that stands in the way. */
export function hashOf(leaf: Leaf): string | undefined {
  return leaf === 0 ? undefined : typeof leaf === 'string' ? leaf : leaf[0]
}

/** True when `value` is still what was added. */
export function isOurs(leaf: Leaf | undefined, value: Json): boolean {
  return leaf !== undefined && leaf !== 0 && hashOf(leaf) === hashEntry(value)
}

export function setLeaf(root: MutableInventory, path: readonly string[], leaf: Leaf): void {
  let parent = root
  const last = path.length - 1
  for (let depth = 0; depth < last; depth++) parent = childOf(parent, path[depth] ?? '')
  parent[path[last] ?? ''] = leaf
}

export function markCreated(root: MutableInventory, path: readonly string[], mark: CreatedMark): void {
  path.reduce(childOf, root)[CREATED] = mark
}

/** A copy that may be changed. */
export function copyInventory(node: InventoryNode): MutableInventory {
  return structuredClone(node)
}

/**
 * The leaves that the object lacks: nothing stands there (a merge dropped it, or a bare file replaced it), or what the
 * API server or the user's file puts where nothing else is said. Another value is the user's, not missing.
 */
export function missingLeaves(
  object: JsonObject,
  inventory: InventoryNode,
): (readonly [readonly string[], Leaf])[] {
  return [...leavesOf(inventory)].filter(([path, leaf]) => isMissing(path, leaf, valueAt(object, path)))
}

function isMissing(path: readonly string[], leaf: Leaf, value: Json | undefined): boolean {
  if (value === undefined) return true
  if (isOurs(leaf, value)) return false
  return isUnset(path, value) || (typeof leaf === 'object' && jsonEqual(value, leaf[1]))
}

function nodeAt(root: InventoryNode | undefined, path: readonly string[]): InventoryNode[string] | undefined {
  let node: InventoryNode[string] | undefined = root
  for (const key of path) {
    if (!isNode(node) || !Object.hasOwn(node, key)) return undefined
    node = node[key]
  }
  return node
}

function isNode(value: unknown): value is InventoryNode {
  return isObject(value)
}

function isMutableNode(value: MutableInventory[string] | undefined): value is MutableInventory {
  return isObject(value)
}

function childOf(node: MutableInventory, key: string): MutableInventory {
  const child = Object.hasOwn(node, key) ? node[key] : undefined
  if (isMutableNode(child)) return child
  const made: MutableInventory = {}
  node[key] = made
  return made
}
