// Simulator: the refusals of the API server, as the Status objects that go over the wire.
import type { JsonObject } from '../../../src/core/api/json.ts'

export class StatusError extends Error {
  readonly status: number
  readonly reason: string
  readonly details: JsonObject
  constructor(status: number, reason: string, message: string, details: JsonObject = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.details = details
  }
}

/** The body of the answer. */
export function statusBody({ status, reason, message, details }: StatusError): JsonObject {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code: status, reason, message, details }
}

export function notFound(resource: string, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource })
}

export function alreadyExists(resource: string, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${resource} "${name}" already exists`, {
    name,
    kind: resource,
  })
}

export function conflict(resource: string, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${resource} "${name}": ${why}`
  return new StatusError(409, 'Conflict', message, { name, kind: resource })
}

/** Validation: the details name the object. */
export function invalid(resource: string, name: string, why: string): StatusError {
  const causes = [{ reason: 'FieldValueForbidden', message: why, field: 'spec' }]
  return new StatusError(422, 'Invalid', `${resource} "${name}" is invalid: ${why}`, {
    name,
    kind: resource,
    causes,
  })
}

/** A JSON Patch that does not apply: 422 too, and the details are empty. */
export function doesNotApply(why: string): StatusError {
  return new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${why}`,
    {},
  )
}

/** An eviction that a budget does not allow now. */
export function refusedByBudget(budget: string): StatusError {
  const message = `The disruption budget ${budget} needs all pods`
  return new StatusError(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: 'DisruptionBudget', message }] },
  )
}
