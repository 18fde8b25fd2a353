// Pipeline: patch. RFC 6902 operations → the object that they make. For operations that are known before there is an
// object to draft (plan-memo.ts); everywhere else they and the result come from one Draft.
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { Draft, tokensOf } from './draft.ts'

/** The object with the operations applied, which must fit it; what none of them touches is shared, not copied. */
export function applyOperations(object: JsonObject, operations: readonly Operation[]): JsonObject {
  const draft = new Draft(object)
  for (const operation of operations) {
    const tokens = tokensOf(operation.path)
    if (operation.op === 'remove') draft.remove(tokens)
    else draft[operation.op](tokens, operation.value)
  }
  return draft.root
}
