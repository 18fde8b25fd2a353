// Pipeline: admit. A file that comes to say the very value that injection had added makes it the user's: it stays when
// the plan changes or goes. Without this the user's field would be taken back, and the next apply of the same file would
// bring it again, as a rollout that nobody asked for.
import { PLAN } from '../api/annotations.ts'
import type { AdmissionInput } from '../api/decision.ts'
import type { Plan } from '../api/plan.ts'
import { appliedPaths } from '../patch/applied.ts'
import { copyInventory, isOurs, leavesOf, setLeaf, type Leaf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import type { WorkloadKind } from '../workload/workload.ts'

/** The plan without what this very UPDATE applies from a file as well; a list that was merged with the user's is no such value. */
export function withoutAdopted(kind: WorkloadKind, { object, oldObject }: AdmissionInput, plan: Plan): Plan {
  if (oldObject === undefined) return plan
  const [now, before] = [appliedPaths(object), appliedPaths(oldObject)]
  if (now([...kind.metadataAt, 'annotations', PLAN])) return plan
  const adopted = [...leavesOf(plan.added)].filter(([path, leaf]) => {
    const value = now(path) && !before(path) && !isMerge(leaf) ? valueAt(object, path) : undefined
    return value !== undefined && isOurs(leaf, value)
  })
  if (adopted.length === 0) return plan
  const added = copyInventory(plan.added)
  for (const [path] of adopted) setLeaf(added, path, 0)
  return { ...plan, added }
}

function isMerge(leaf: Leaf): boolean {
  return typeof leaf === 'object' && Array.isArray(leaf[1])
}
