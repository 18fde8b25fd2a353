// Adapter: catalogue. The JSON Schemas beside the data, and their mistakes in words: the schema's own description says
// what would be accepted, so that schema, editor and message cannot disagree.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv'
import { isObject } from '../core/api/json.ts'
import type { DocumentContent, InstanceTypeDocument, PresetDocument, ValuePath } from './document.ts'
import { presetsDirectory } from './package-root.ts'
import { SCHEMA_FILES } from './schema-files.ts'
import { explain } from './schema-message.ts'
import { formatPath, parsePointer } from './value-path.ts'

export interface SchemaMistake {
  readonly path: ValuePath
  readonly message: string
}

export type ValidationResult =
  | { readonly ok: true; readonly content: DocumentContent }
  | { readonly ok: false; readonly mistakes: readonly SchemaMistake[] }

/** A preset document or an instance type document, or every way in which the value is neither. */
export function validateContent(content: unknown): ValidationResult {
  if (!isObject(content)) {
    const message = 'a catalogue file is a mapping with the key "presets", or "cloud" and "instanceTypes"'
    return { ok: false, mistakes: [{ path: [], message }] }
  }
  const validate =
    'instanceTypes' in content || 'cloud' in content ? instanceTypesValidator() : presetsValidator()
  if (validate(content)) return { ok: true, content }
  const mistakes = (validate.errors ?? []).filter(isTelling).map(error => toMistake(error, content))
  return { ok: false, mistakes }
}

const presetsValidator = once(() => compile<PresetDocument>(SCHEMA_FILES.presets))
const instanceTypesValidator = once(() => compile<InstanceTypeDocument>(SCHEMA_FILES.instanceTypes))

function compile<T>(file: string): ValidateFunction<T> {
  const schema: AnySchema = JSON.parse(readFileSync(join(presetsDirectory(), file), 'utf8'))
  // `verbose` puts value and description into each error.
  return new Ajv({ allErrors: true, verbose: true }).compile<T>(schema)
}

function once<T>(create: () => T): () => T {
  let made: T | undefined
  return () => (made ??= create())
}

/** The branches of an `anyOf` or `if` say what is wrong with each of them; only the whole says what is wanted. */
function isTelling({ keyword, schemaPath }: ErrorObject): boolean {
  return keyword !== 'if' && !/\/anyOf\/\d/.test(schemaPath)
}

function toMistake(error: ErrorObject, content: unknown): SchemaMistake {
  const unknown = error.keyword === 'additionalProperties' ? [String(error.params['additionalProperty'])] : []
  const path = [...parsePointer(error.instancePath, content), ...unknown]
  return { path, message: `${formatPath(path) || 'the file'}: ${explain(error)}` }
}
