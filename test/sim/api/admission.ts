// Simulator: somebody's admission (a quota, a policy, a webhook) that refuses claims.
import type { HttpAnswer, HttpRequest } from './http.ts'
import { statusBody, StatusError } from './status-error.ts'

/** The refusal of a claim's creation, in these words; undefined: the request passes, as all do where `why` is undefined. */
export function refusalOfClaim(
  why: string | undefined,
  { method, path }: HttpRequest,
): HttpAnswer | undefined {
  if (why === undefined || method !== 'POST' || !/\/(nodeclaims|machines)$/.test(path)) return undefined
  return { status: 403, body: statusBody(new StatusError(403, 'Forbidden', why)) }
}
