// Pipeline: cli. What `validate` found, for scripts (design §10).
import { violationWarning } from '../../core/admit/policy.ts'
import { formatWithoutField, type FieldError } from '../../core/api/field-error.ts'
import type { ReasonCode } from '../../core/api/reason.ts'
import { referenceTo, type ObjectReference } from '../subject-name.ts'
import type { Validation } from '../validate.ts'
import type { Validated } from '../validated.ts'
import { formatJson } from './json.ts'

interface PublicValidation extends Pick<Validated, 'decision' | 'warnings'> {
  readonly object: ObjectReference
  readonly errors: readonly PublicError[]
  /** What Audit policies write down. */
  readonly audit: readonly PublicError[]
}

interface PublicError {
  readonly field: string
  readonly type: FieldError['type']
  readonly value?: string
  readonly message: string
  readonly code: ReasonCode
  readonly policy?: string
}

/** An entry for each object that was judged, in document order. */
export function formatValidation({ validated }: Pick<Validation, 'validated'>): string {
  return formatJson(validated.map(publicValidation))
}

function publicValidation(validated: Validated): PublicValidation {
  const { source, decision, errors, warnings, violations } = validated
  const by = (wanted: string) => violations.filter(({ enforcement }) => enforcement === wanted)
  return {
    object: referenceTo(source.object),
    decision,
    errors: errors.map(publicError),
    warnings: [...by('Warn').map(violationWarning), ...warnings],
    audit: by('Audit').map(publicError),
  }
}

function publicError(error: FieldError): PublicError {
  const { field, type, value, code, policy } = error
  return {
    field,
    type,
    ...(value === undefined ? {} : { value }),
    message: formatWithoutField(error),
    code,
    ...(policy === undefined ? {} : { policy }),
  }
}
