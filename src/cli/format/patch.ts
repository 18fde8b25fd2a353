// Pipeline: cli. JSON Lines: one RFC 6902 patch for each annotated workload, in document order.
import { PRESET } from '../../core/api/annotations.ts'
import { workloadKindOf } from '../../core/workload/kinds.ts'
import { annotationsOf } from '../../core/workload/workload.ts'
import type { DecidedObject, Rendered } from '../render.ts'

export function formatPatch({ decided }: Rendered): string {
  return decided
    .map(one => ({ operations: operationsOf(one), annotated: isAnnotated(one) }))
    .filter(({ operations, annotated }) => annotated || operations.length > 0)
    .map(({ operations }) => `${JSON.stringify(operations)}\n`)
    .join('')
}

function operationsOf({ decision }: DecidedObject): readonly unknown[] {
  return decision.decision === 'Deny' ? [] : decision.operations
}

function isAnnotated({ source: { object } }: DecidedObject): boolean {
  const kind = workloadKindOf(object)
  return kind !== undefined && Object.hasOwn(annotationsOf(kind, object), PRESET)
}
