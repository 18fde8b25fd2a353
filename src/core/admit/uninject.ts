// Pipeline: admit. Takes back all that the plan on an object added: the exact inverse of injection, for removal of the
// annotation and for `kaito-native uninject`.
import type { InventoryNode } from '../api/inventory.ts'
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { reconcile } from '../patch/reconcile.ts'
import type { Edit } from '../template/edit.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import { withPlanText } from './subject.ts'

/** The object without what is recorded and without the plan annotation; `kept` is what cannot be taken back any more. */
export function uninject(
  kind: WorkloadKind,
  object: JsonObject,
  recorded: InventoryNode,
  kept: readonly Edit[] = [],
): { readonly operations: readonly Operation[]; readonly result: JsonObject } {
  const bare = reconcile({ object, edits: kept, recorded })
  const unplanned = withPlanText(kind, bare.result, undefined)
  return { operations: [...bare.operations, ...unplanned.operations], result: unplanned.result }
}
