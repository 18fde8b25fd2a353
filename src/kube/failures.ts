// Pipeline: kube. The errors of errors.ts as the few kinds that the controller tells apart.
import type { Failure, FailureKind, Failures } from '../core/ports.ts'
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isDisruptionBudget,
  isGone,
  isNotFound,
  isTransient,
} from './errors.ts'

/** Port: what to do about an error. */
export const FAILURES: Failures = { classify: classifyFailure }

function classifyFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const retryAfterMs = isTransient(error) ? error.retryAfterMs : undefined
  return { kind: kindOf(error), message, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function kindOf(error: unknown): FailureKind {
  if (isDisruptionBudget(error)) return 'disruption-budget'
  if (isTransient(error)) return 'transient'
  if (isAlreadyExists(error)) return 'already-exists'
  if (isConflict(error) || isGone(error)) return 'conflict'
  if (isNotFound(error)) return 'not-found'
  return error instanceof ApiError ? 'refused' : 'bug'
}
