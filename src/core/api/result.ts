// Pipeline: vocabulary. User mistakes are data: a parser returns a value or every mistake at once, never an exception.
import type { FieldError } from './field-error.ts'

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly FieldError[] }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail<T = never>(...errors: readonly FieldError[]): Result<T> {
  return { ok: false, errors }
}
