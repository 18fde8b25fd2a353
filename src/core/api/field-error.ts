// Pipeline: vocabulary. A user's mistake in the API server's own shape and wording
// (k8s.io/apimachinery/pkg/util/validation/field/errors.go), plus a machine-readable code.
import type { ReasonCode } from './reason.ts'

export type FieldErrorType =
  'Required' | 'Invalid' | 'NotSupported' | 'NotFound' | 'Duplicate' | 'Forbidden' | 'TooLong'

export interface FieldError {
  readonly type: FieldErrorType
  /** Path as Kubernetes writes it: `spec.template.spec.containers[0].image`, `metadata.annotations[kaito.sh/runtime]`. */
  readonly field: string
  /** What was there; absent where nothing was or where it must not be repeated (a secret). */
  readonly value?: string
  /** What would be accepted, or what to do. */
  readonly detail: string
  readonly code: ReasonCode
  /** The PresetPolicy that says so; absent: it holds for everybody. */
  readonly policy?: string
}

const TITLES: Readonly<Record<FieldErrorType, string>> = {
  Required: 'Required value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  NotFound: 'Not found',
  Duplicate: 'Duplicate value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
}

/** A value longer than this is cut in messages: a 200 KiB annotation must not come back whole. */
const SHOWN_VALUE_CHARACTERS = 80

/** The sentence that Kubernetes would print: `field: Title: "value": detail`. */
export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${formatWithoutField(error)}`
}

/** The same for those who show the field apart: `Title: "value": detail`. */
export function formatWithoutField({
  type,
  value,
  detail,
}: Pick<FieldError, 'type' | 'value' | 'detail'>): string {
  const shown = value === undefined ? '' : `: ${JSON.stringify(shorten(value))}`
  return `${TITLES[type]}${shown}: ${detail}`
}

function shorten(value: string): string {
  return value.length > SHOWN_VALUE_CHARACTERS ? `${value.slice(0, SHOWN_VALUE_CHARACTERS)}…` : value
}
