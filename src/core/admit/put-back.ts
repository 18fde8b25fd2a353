// Pipeline: admit. While intent is unchanged, an UPDATE puts back what the recorded plan added and the request lacks,
// where it stood in the stored object. The value comes from there, or, where the user's own had taken its place in the
// meantime and is withdrawn now, from the plan's own choice rendered again: the rest of the workload stays as it is.
import type { InventoryNode } from '../api/inventory.ts'
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { isOurs, leafAt, missingLeaves, type Leaf } from '../patch/inventory.ts'
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
  const recovered = missing.map(([path, leaf]) => recover(path, leaf))
  if (!recovered.every(edit => edit !== undefined)) return undefined
  const withdrawn = missing.some(([, leaf]) => leaf === 0)
  const edits = withdrawn ? [...recovered, ...unrecorded(recorded, render())] : recovered
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
    return edit
  }
}

/** What the user's own value had made needless, like the volume behind a mount of the user's. */
function unrecorded(recorded: InventoryNode, rendered: readonly Edit[]): readonly Edit[] {
  return rendered.filter(({ path }) => leafAt(recorded, path) === undefined)
}
