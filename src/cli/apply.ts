// Pipeline: cli. Applies the very operations that the webhook would send, with the `jsonpatch` package, as the API server
// would: what `render` prints is what the patch does, not what the core believes it does.
import jsonpatch from 'jsonpatch'
import type { Json } from '../core/api/json.ts'
import type { Operation } from '../core/api/operation.ts'

/** The class behind `apply_patch`, which the package exports but does not declare. */
interface PatchPackage {
  readonly JSONPatch: new (operations: unknown[], mutate: boolean) => { apply<T>(document: T): T }
}
const { JSONPatch } = jsonpatch as unknown as PatchPackage

/** The document after the operations; the argument stays as it is. */
export function applyOperations<T extends Json>(document: T, operations: readonly Operation[]): T {
  // In place: the package's own copies would lose a key called `__proto__`.
  return new JSONPatch(copy(operations) as unknown[], true).apply(copy(document))
}

/** By way of its text: a YAML anchor and its aliases are one object, and a change must not show in all of them. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** The operations with their pointers moved below `at` (an item of a List). */
export function operationsBelow(at: string, operations: readonly Operation[]): readonly Operation[] {
  return at === '' ? operations : operations.map(operation => ({ ...operation, path: at + operation.path }))
}
