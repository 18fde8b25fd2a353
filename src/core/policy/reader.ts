// Pipeline: policy. Reads values that somebody else has parsed, and gathers every one that is not as it should be.
import type { FieldError, FieldErrorType } from '../api/field-error.ts'
import { isObject, textOf, type Json, type JsonObject } from '../api/json.ts'
import { nearest } from '../api/nearest.ts'

export const LIST_MAX_ITEMS = 256

/** Values by their kind; a mistake is noted, and the value then counts as absent. */
export type Reader = ReturnType<typeof createReader>

/** No mistake yet. */
export function createReader() {
  const errors: FieldError[] = []
  const mistake = (type: FieldErrorType, field: string, detail: string, value?: string): undefined => {
    errors.push({ type, field, detail, code: 'PolicyInvalid', ...(value !== undefined && { value }) })
  }
  const wrong = (field: string, expected: string, value: Json): undefined =>
    mistake('Invalid', field, `must be ${expected}`, textOf(value))
  const list = (value: Json | undefined, field: string): readonly Json[] | undefined => {
    if (isAbsent(value)) return undefined
    if (!Array.isArray(value)) return wrong(field, 'a list', value)
    if (value.length > LIST_MAX_ITEMS) mistake('TooLong', field, `must have at most ${LIST_MAX_ITEMS} items`)
    return value as readonly Json[]
  }
  const text = (
    value: Json | undefined,
    field: string,
    most: number,
    empty?: 'empty too',
  ): string | undefined => {
    if (isAbsent(value)) return undefined
    if (typeof value !== 'string') return wrong(field, 'a text: put it in quotes', value)
    if (value === '' && empty === undefined) return mistake('Required', field, 'must not be empty')
    return value.length > most ? mistake('TooLong', field, `must have at most ${most} characters`) : value
  }
  return {
    errors,
    mistake,
    list,
    text,
    texts: (value: Json | undefined, field: string, most: number) =>
      list(value, field)?.flatMap((entry, index) => {
        const at = `${field}[${index}]`
        return (isAbsent(entry) ? wrong(at, 'a text', null) : text(entry, at, most)) ?? []
      }),
    object(value: Json | undefined, field: string, known?: readonly string[]): JsonObject {
      if (isAbsent(value)) return {}
      if (!isObject(value)) return wrong(field, 'an object', value) ?? {}
      for (const key of known === undefined ? [] : Object.keys(value).filter(name => !known.includes(name))) {
        const near = nearest(key, known ?? [])
        const hint = near === undefined ? '' : `; did you mean ${near}?`
        mistake('Invalid', `${field}.${key}`, `unknown field; known are ${known?.join(', ')}${hint}`)
      }
      return value
    },
    oneOf<T extends string>(value: Json | undefined, field: string, accepted: readonly T[]): T | undefined {
      const detail = `supported values: ${accepted.map(name => JSON.stringify(name)).join(', ')}`
      if (isAbsent(value) || value === '') return mistake('Required', field, detail)
      const found = accepted.find(name => name === value)
      return found ?? mistake('NotSupported', field, detail, textOf(value))
    },
    count(value: Json | undefined, field: string): number | undefined {
      if (isAbsent(value)) return undefined
      const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      return isCount ? value : wrong(field, 'a whole number, 0 or more', value)
    },
  }
}

function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null
}
