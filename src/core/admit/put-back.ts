// Pipeline: admit. While intent is unchanged, an UPDATE puts back what the recorded plan added and the request lacks,
// where it stood in the stored object. The value comes from there, or, where the user's own had taken its place in the
// meantime, from the plan's choice rendered again; it must hash to what was recorded, or the plan cannot be kept.
import type { InventoryNode } from '../api/inventory.ts'
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { isOurs, missingLeaves, type Leaf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import { reconcile } from '../patch/reconcile.ts'
import type { Edit } from '../template/edit.ts'

export interface PutBack {
  readonly operations: readonly Operation[]
  readonly result: JsonObject
  readonly added: InventoryNode
}

/** The object made whole; undefined where something that is missing cannot be recovered as it was. */
export function putBack(
  object: JsonObject,
  recorded: InventoryNode,
  stored: JsonObject | undefined,
  render: () => readonly Edit[],
): PutBack | undefined {
  const missing = missingLeaves(object, recorded)
  if (missing.length === 0) return { operations: [], result: object, added: recorded }
  const recover = recovery(stored, render)
  const edits = missing.map(([path, leaf]) => recover(path, leaf))
  if (!edits.every(edit => edit !== undefined)) return undefined
  const whole = reconcile({ object, edits, recorded, keepRest: true, order: stored })
  return whole.obstructed.length > 0 ? undefined : whole
}

function recovery(
  stored: JsonObject | undefined,
  render: () => readonly Edit[],
): (path: readonly string[], leaf: Leaf) => Edit | undefined {
  let rendered: readonly Edit[] | undefined
  return (path, leaf) => {
    const before = stored === undefined ? undefined : valueAt(stored, path)
    // A stored list that was merged with the user's replaces what the user's file sends again.
    const merges = typeof leaf === 'string' || leaf === 0 ? {} : ({ merges: true } as const)
    if (before !== undefined && isOurs(leaf, before)) return { path, value: before, ...merges }
    rendered ??= render()
    const key = path.join('\n')
    const edit = rendered.find(candidate => candidate.path.join('\n') === key)
    return edit !== undefined && isOurs(leaf, edit.value) ? edit : undefined
  }
}
