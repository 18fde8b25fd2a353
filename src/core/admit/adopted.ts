// Pipeline: admit. A file that comes to say the very value that injection had added makes it the user's: it stays when
// the plan changes or goes. Without this the user's field would be taken back, and the next apply of the same file would
// bring it again, as a rollout that nobody asked for.
//
// kubectl's first server-side apply after client-side ones says nothing: it turns its own ownership by updates, which holds
// the API server's defaults, into one by apply (k8s.io/client-go/util/csaupgrade), and drops in a second request what no file says.
import { PLAN } from '../api/annotations.ts'
import type { AdmissionInput } from '../api/decision.ts'
import type { Plan } from '../api/plan.ts'
import type { JsonObject } from '../api/json.ts'
import { appliedPaths, managedPaths } from '../patch/applied.ts'
import { copyInventory, isOurs, leavesOf, setLeaf, type Leaf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import type { WorkloadKind } from '../workload/workload.ts'

/** The plan without what this very UPDATE applies from a file as well; a list that was merged with the user's is no such value. */
export function withoutAdopted(kind: WorkloadKind, { object, oldObject }: AdmissionInput, plan: Plan): Plan {
  if (oldObject === undefined) return plan
  const [now, before] = [appliedPaths(object), appliedPaths(oldObject)]
  if (now([...kind.metadataAt, 'annotations', PLAN])) return plan
  const isConverted = conversion(object, oldObject)
  const adopted = [...leavesOf(plan.added)].filter(([path, leaf]) => {
    const isNew = now(path) && !before(path) && !isConverted(path) && !isMerge(leaf)
    const value = isNew ? valueAt(object, path) : undefined
    return value !== undefined && isOurs(leaf, value)
  })
  if (adopted.length === 0) return plan
  const added = copyInventory(plan.added)
  for (const [path] of adopted) setLeaf(added, path, 0)
  return { ...plan, added }
}

/** True for paths that were owned by an update, and are by none any more. */
function conversion(object: JsonObject, oldObject: JsonObject): (path: readonly string[]) => boolean {
  const [now, before] = [managedPaths(object, 'Update'), managedPaths(oldObject, 'Update')]
  return path => before(path) && !now(path)
}

function isMerge(leaf: Leaf): boolean {
  return typeof leaf === 'object' && Array.isArray(leaf[1])
}
