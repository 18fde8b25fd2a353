// Pipeline: admit. What injection wrote on CREATE and the API server lets nobody change afterwards stays as it is stored,
// under another plan and without one: taking it back, or a bare file without it, would be refused.
import { valueAt } from '../patch/locate.ts'
import { leafAt } from '../patch/inventory.ts'
import type { Edit } from '../template/edit.ts'
import type { Subject } from './subject.ts'

/** Edits that keep these fields; none on CREATE, none for what the user wrote. */
export function immutableEdits({ kind, operation, oldObject, recorded }: Subject): readonly Edit[] {
  if (operation !== 'UPDATE' || oldObject === undefined) return []
  return kind.immutableAt.flatMap(path => {
    const [leaf, value] = [leafAt(recorded, path), valueAt(oldObject, path)]
    return leaf === undefined || leaf === 0 || value === undefined ? [] : [{ path, value }]
  })
}

/** The edits, and those that keep what cannot change. */
export function withImmutable(subject: Subject, edits: readonly Edit[]): readonly Edit[] {
  const kept = immutableEdits(subject)
  if (kept.length === 0) return edits
  const paths = new Set(kept.map(({ path }) => path.join('\n')))
  return [...edits.filter(({ path }) => !paths.has(path.join('\n'))), ...kept]
}
