// Pipeline: convert. What a conversion has to say: mistakes that end it, and notes about what comes out otherwise than
// upstream does it. Collected while an upstream object is read, so that everything is told at once.
import type { FieldError } from '../api/field-error.ts'

/** Something that has no equivalent, or another one than might be expected. */
export interface Note {
  /** Path in the upstream object: `resource.preferredNodes`. */
  readonly field: string
  readonly text: string
}

/** The collector that every reader writes to. */
export interface Findings {
  readonly notes: Note[]
  readonly errors: FieldError[]
}

/** A mistake in the upstream object. The code is for the decisions of admission: a conversion never shows it. */
function mistake(type: FieldError['type'], field: string, detail: string, value?: string): FieldError {
  return { type, field, detail, code: 'InvalidTemplate', ...(value === undefined ? {} : { value }) }
}

export function required(field: string, detail: string): FieldError {
  return mistake('Required', field, detail)
}

export function invalid(field: string, value: string, detail: string): FieldError {
  return mistake('Invalid', field, detail, value)
}

export function forbidden(field: string, detail: string): FieldError {
  return mistake('Forbidden', field, detail)
}

export function duplicate(field: string, value: string): FieldError {
  return mistake('Duplicate', field, 'must be unique', value)
}

export function unsupported(field: string, value: string, supported: readonly string[]): FieldError {
  const list = supported.map(one => JSON.stringify(one)).join(', ')
  return mistake('NotSupported', field, `supported values: ${list}`, value)
}
