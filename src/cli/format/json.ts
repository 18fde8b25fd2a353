// Pipeline: cli. Documents as JSON: the object, or a List where there are several.
import type { Json } from '../../core/api/json.ts'
import { applyOperations } from '../apply.ts'
import type { Rendered } from '../render.ts'
import { operationsOn } from './yaml.ts'

export function formatRenderedJson({ documents, decided }: Rendered): string {
  const values = documents
    .filter(({ value }) => value !== null)
    .map(document => applyOperations(document.value, operationsOn(document, decided)))
  return formatObjects(values)
}

/** One object as itself, several (or none) as a v1 List; two spaces, as kubectl prints. */
export function formatObjects(values: readonly Json[]): string {
  const [only] = values
  return formatJson(
    values.length === 1 && only !== undefined ? only : { apiVersion: 'v1', kind: 'List', items: values },
  )
}

/** JSON with two spaces and a closing newline. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
