// Pipeline: kube. What the API server or the way to it can answer, translated once, here. Callers ask `isTransient(e)`
// and its like; nobody reads messages.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'

/** An answer of the API server that is not a success: its HTTP status and its Status.reason. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError'
  readonly status: number
  readonly reason: string
  constructor(message: string, status: number, reason: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** Worth another try later, unchanged: no connection, a time-out, 429, 5xx. */
export class TransientError extends Error {
  override readonly name: string = 'TransientError'
  readonly retryAfterMs?: number
  constructor(message: string, options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }
}

/** An eviction that a PodDisruptionBudget does not allow now (429, too, but nothing is overloaded). */
export class DisruptionBudgetError extends TransientError {
  override readonly name = 'DisruptionBudgetError'
}

/** Somebody else was faster (409, or a JSON Patch that no longer applies): read again, then retry at once. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError'
}

/** The resourceVersion is too old (410), or newer than anything that the API server has: list again. */
export class GoneError extends ApiError {
  override readonly name = 'GoneError'
}

/** True where the same request may succeed later. */
export function isTransient(error: unknown): error is TransientError {
  return error instanceof TransientError
}

/** True where a PodDisruptionBudget has refused an eviction. */
export function isDisruptionBudget(error: unknown): error is DisruptionBudgetError {
  return error instanceof DisruptionBudgetError
}

/** True where the object was changed, or created, by somebody else in between. */
export function isConflict(error: unknown): error is ConflictError {
  return error instanceof ConflictError
}

/** True where an object of this name is there already: a create came second. */
export function isAlreadyExists(error: unknown): error is ConflictError {
  return error instanceof ConflictError && error.reason === 'AlreadyExists'
}

/** True where the object would not be valid (422). */
export function isInvalid(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 422 && !isConflict(error)
}

/** True where there is nothing to go on from at this resourceVersion. */
export function isGone(error: unknown): error is GoneError {
  return error instanceof GoneError
}

/** True where the object, or the API itself, is not there. */
export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404
}

/** True where our credentials are not accepted or do not suffice. */
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 401 || error.status === 403)
}

/** The error for an answer outside of 2xx. */
export function translateResponse(
  request: string,
  response: { readonly status: number; readonly body: string; readonly retryAfter?: string },
): Error {
  const { status } = response
  const body = parseStatus(response.body)
  const message = `${request}: ${stringAt(body, 'message') ?? `HTTP ${status}`}`
  const reason = stringAt(body, 'reason') ?? ''
  if (status === 409 || doesNotApply(status, body)) return new ConflictError(message, status, reason)
  if (status === 410 || isVersionTooLarge(body)) return new GoneError(message, status, reason)
  const budget = budgetCause(body)
  if (status === 429 && budget !== undefined)
    return new DisruptionBudgetError(`${message} ${budget}`.trimEnd(), retryAfter(response, body))
  if (status === 429 || status >= 500) return new TransientError(message, retryAfter(response, body))
  return new ApiError(message, status, reason)
}

/** The error for a request that got no answer at all. */
export function translateFailure(request: string, cause: unknown): TransientError {
  return new TransientError(`${request}: ${describe(cause)}`, { cause })
}

/** A refused connection to a name with several addresses is an AggregateError with an empty message of its own. */
function describe(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(describe).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}

function parseStatus(text: string): JsonObject {
  try {
    const body: unknown = JSON.parse(text)
    return isObject(body) ? body : {}
  } catch {
    return {}
  }
}

/**
 * A JSON Patch with a `test` that does not hold, or a path that is not there: 422 as for an invalid object, but without a
 * word on any field (`details` is there and empty). A webhook's refusal with 422 has no `details`.
 */
function doesNotApply(status: number, body: JsonObject): boolean {
  const { reason, details } = body
  return status === 422 && reason === 'Invalid' && isObject(details) && Object.keys(details).length === 0
}

/**
 * A restored etcd knows nothing yet of the resourceVersions that were handed out before: waiting for them may take for
 * ever. The status is 504 (https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#CauseTypeResourceVersionTooLarge).
 */
function isVersionTooLarge(body: JsonObject): boolean {
  return causeOf(body, 'ResourceVersionTooLarge') !== undefined
}

/**
 * Which budget it was, and what it needs
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/#how-api-initiated-eviction-works).
 */
function budgetCause(body: JsonObject): string | undefined {
  const cause = causeOf(body, 'DisruptionBudget')
  return cause === undefined ? undefined : (stringAt(cause, 'message') ?? '')
}

function causeOf(body: JsonObject, reason: string): JsonObject | undefined {
  return listAt(objectAt(body, 'details'), 'causes')
    .filter(isObject)
    .find(cause => cause['reason'] === reason)
}

/** Seconds, from the header or from the Status; the header may also be a date, which no API server sends. */
function retryAfter(
  { retryAfter: header }: { readonly retryAfter?: string },
  body: JsonObject,
): { retryAfterMs?: number } {
  const seconds = Number(header ?? objectAt(body, 'details')['retryAfterSeconds'])
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
}
