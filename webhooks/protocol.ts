// Pipeline: webhooks. What is refused by HTTP alone, before or instead of looking at the review. Pure functions of the
// request's head; each refusal closes the connection, because a body that nobody reads may still be on its way.
import type { IncomingMessage } from 'node:http'
import { parseDuration } from '../src/core/api/annotation-values.ts'
import { MAX_BODY_BYTES } from './body.ts'
import { renderStatus } from './response.ts'

export interface Refusal {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Who asks for less gets his answer too: hardly a request is so late that its own deadline must be read. */
const SHORTEST_TIMEOUT_MS = 1

export const TOO_LARGE = refusal(413, `the body is larger than ${MAX_BODY_BYTES} bytes`)
export const EXPIRED = refusal(504, 'the request waited past its own deadline, so it was not worked on')
const WRONG_METHOD = refusal(405, 'an admission review is a POST', { Allow: 'POST' })
const WRONG_MEDIA_TYPE = refusal(415, 'Content-Type must be application/json')

/** The refusal that the request's head deserves, if any. */
export function refuseHead(request: IncomingMessage): Refusal | undefined {
  if (request.method !== 'POST') return WRONG_METHOD
  if (!isJson(request.headers['content-type'])) return WRONG_MEDIA_TYPE
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES ? TOO_LARGE : undefined
}

/**
 * True when the caller has stopped waiting: the API server sends its deadline as `?timeout=3s`. The work itself is
 * synchronous and short, so the only place where time passes is the body phase.
 */
export function hasExpired(request: IncomingMessage, elapsedMs: number): boolean {
  if (elapsedMs < SHORTEST_TIMEOUT_MS) return false
  const [, query = ''] = (request.url ?? '').split('?', 2)
  const timeout = parseDuration(new URLSearchParams(query).get('timeout') ?? '')
  return 'value' in timeout && elapsedMs > timeout.value
}

function isJson(contentType = ''): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType)
}

function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return { status, text: renderStatus(status, message), headers: { ...headers, Connection: 'close' } }
}
