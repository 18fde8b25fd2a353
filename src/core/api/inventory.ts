// Pipeline: vocabulary. What injection added to an object: a tree that follows the object's own, with the shortest form
// that undoes it exactly (docs/plan.md). Leaves hold a hash of the added value: an entry that now hashes differently is
// the user's. List entries are addressed by merge key, never by position, so a merge may move them.
import type { Json } from './json.ts'

/**
 * - string: hash of the value that was added where nothing was.
 * - [hash, original]: the value replaced `original` (an API default that cannot work on GPU nodes).
 * - 0: the user had a value there, which stands in the way of one of ours; should it go, ours is missing.
 * - object: a node on the way; its key `+` is there when the node itself was made by injection: 1 where nothing was,
 *   [original] where something empty was (`containers: null`).
 */
export type Inventory = string | readonly [string, Json] | 0 | InventoryNode
export interface InventoryNode {
  readonly [key: string]: Inventory | 1 | readonly [Json]
}
