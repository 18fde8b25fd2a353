// Pipeline: admit. How Decisions are put together: reason codes with their sentences.
import type { Decision } from '../api/decision.ts'
import { formatFieldError, type FieldError } from '../api/field-error.ts'
import type { JsonObject } from '../api/json.ts'
import type { Reason, ReasonCode } from '../api/reason.ts'

/** A user's mistakes, all of them; forbidden where nothing but policies are against it. */
export function deny(errors: readonly FieldError[]): Decision & { decision: 'Deny' } {
  const reasons = errors.map(error => ({
    code: error.code,
    field: error.field,
    message: formatFieldError(error),
  }))
  const status = errors.every(isOfPolicy) ? 403 : 422
  return { decision: 'Deny', status, errors, reasons, warnings: [] }
}

function isOfPolicy({ policy, code }: FieldError): boolean {
  return policy !== undefined || code === 'PolicyUnknown'
}

/** Not ours: nothing is done. */
export function skip(object: JsonObject, code: ReasonCode, message: string): Decision & { decision: 'Skip' } {
  return { decision: 'Skip', reasons: [reason(code, message)], warnings: [], operations: [], result: object }
}

export function reason(code: ReasonCode, message: string): Reason {
  return { code, message }
}

/** The decision with these warnings after its own. */
export function withWarnings(decision: Decision, more: readonly string[]): Decision {
  return more.length === 0 ? decision : { ...decision, warnings: [...decision.warnings, ...more] }
}
