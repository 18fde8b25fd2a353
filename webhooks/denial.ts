// Pipeline: webhooks. A Deny as the Status that the API server hands on, in the wording and with the causes of its own
// validation errors (k8s.io/apimachinery/pkg/api/errors NewInvalid), so that kubectl lists every mistake.
import type { Decision } from '../src/core/api/decision.ts'
import {
  formatFieldError,
  formatWithoutField,
  type FieldError,
  type FieldErrorType,
} from '../src/core/api/field-error.ts'
import { objectAt, stringAt, type JsonObject } from '../src/core/api/json.ts'
import type { Review } from './review.ts'

type Deny = Extract<Decision, { decision: 'Deny' }>

/** k8s.io/apimachinery/pkg/apis/meta/v1 CauseType. */
const CAUSES: Readonly<Record<FieldErrorType, string>> = {
  Required: 'FieldValueRequired',
  Invalid: 'FieldValueInvalid',
  NotSupported: 'FieldValueNotSupported',
  NotFound: 'FieldValueNotFound',
  Duplicate: 'FieldValueDuplicate',
  Forbidden: 'FieldValueForbidden',
  TooLong: 'FieldValueTooLong',
}

/** The `status` of a refusal: 422 Invalid or 403 Forbidden, every mistake in message and causes. */
export function denialStatus(deny: Deny, review: Review): JsonObject {
  const name = nameOf(review)
  const invalid = deny.status === 422
  return {
    status: 'Failure',
    code: deny.status,
    reason: invalid ? 'Invalid' : 'Forbidden',
    message: `kaito-native: ${subject(review, name, invalid)}: ${joined(deny.errors)}`,
    details: { name, group: review.group, kind: review.kind, causes: deny.errors.map(cause) },
  }
}

function nameOf(review: Review): string {
  const metadata = objectAt(review.object, 'metadata')
  return review.name || (stringAt(metadata, 'name') ?? stringAt(metadata, 'generateName') ?? '')
}

/** `Deployment.apps "x" is invalid`, `deployments.apps "x" is forbidden`: Kubernetes names the kind in one, the resource in the other. */
function subject(review: Review, name: string, invalid: boolean): string {
  const what = [invalid ? review.kind : review.resource, review.group].filter(part => part !== '').join('.')
  return `${what} ${JSON.stringify(name)} is ${invalid ? 'invalid' : 'forbidden'}`
}

function joined(errors: readonly FieldError[]): string {
  const texts = errors.map(formatFieldError)
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

/**
 * kubectl prints no message where there are causes, only `field: message` for each: so the message is the sentence
 * without its field, and where that names nothing of ours it says who refused.
 */
function cause(error: FieldError): JsonObject {
  const message = formatWithoutField(error)
  const refusedBy = `${error.field}${message}`.includes('kaito') ? '' : ' (refused by kaito-native)'
  return { reason: CAUSES[error.type], field: error.field, message: message + refusedBy }
}
