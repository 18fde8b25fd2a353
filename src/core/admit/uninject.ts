// Pipeline: admit. Takes back all that the plan on an object added: the exact inverse of injection, for removal of the
// annotation and for `kaito-native uninject`.
import type { InventoryNode } from '../api/inventory.ts'
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { reconcile } from '../patch/reconcile.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import { withPlanText } from './subject.ts'

/** The object without what is recorded and without the plan annotation. */
export function uninject(
  kind: WorkloadKind,
  object: JsonObject,
  recorded: InventoryNode,
): { readonly operations: readonly Operation[]; readonly result: JsonObject } {
  const bare = reconcile({ object, edits: [], recorded })
  const unplanned = withPlanText(kind, bare.result, undefined)
  return { operations: [...bare.operations, ...unplanned.operations], result: unplanned.result }
}
