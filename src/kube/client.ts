// Pipeline: kube. The one way to the API server: raw JSON in and out over one keep-alive agent. Typed models would drop
// fields that they do not know.
import { Agent } from 'node:https'
import { isObject, type JsonObject } from '../core/api/json.ts'
import type { KubeConnection } from './connection.ts'
import { translateFailure } from './errors.ts'
import { errorOf, exchange, nameOf, readText, type Way } from './exchange.ts'
import { streamBody } from './stream.ts'

/** One request, credentials apart. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the root of the API: `/api/v1/nodes`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** A list: a JSON Patch. */
  readonly body?: JsonObject | readonly JsonObject[]
  /** Of the body; `application/json` unless it is a patch. */
  readonly contentType?: string
}

/** How long a stream may go on. */
export interface StreamOptions {
  /** Ends the stream: what is pending rejects with the signal's reason, and the connection is destroyed. */
  readonly signal: AbortSignal
  /** Without a byte for this long the connection counts as broken; absent: it may be silent for ever. */
  readonly idleTimeoutMs?: number
}

/** Requests to one API server. */
export interface KubeClient {
  /** The answer's JSON object. Rejects with the errors of errors.ts, and with nothing else. */
  request(request: KubeRequest): Promise<JsonObject>
  /**
   * The answer's body, as it comes (watches). Resolves when the status is 2xx, else rejects as `request` does; ends when
   * the server ends it, throws TransientError where the connection breaks. Leaving the loop destroys the connection.
   */
  stream(request: KubeRequest, options: StreamOptions): Promise<AsyncIterable<Buffer>>
  /** Closes idle connections. */
  close(): void
}

/** A connection that does not answer in this time is given up (TransientError); an idle one is closed. */
const TIMEOUT_MS = 10_000
/** Each watch holds one for as long as it lasts: far more than there are watches, far fewer than a fault could open. */
const MAX_SOCKETS = 64

/** A client of this API server; `onDate` is told the Date header of every answer, success or not. */
export function createKubeClient(
  connection: KubeConnection,
  onDate: (date: string | undefined) => void = () => undefined,
): KubeClient {
  const agent = new Agent({ keepAlive: true, timeout: TIMEOUT_MS, maxSockets: MAX_SOCKETS })
  const way: Way = { connection, agent, timeoutMs: TIMEOUT_MS, onDate }
  return {
    request: request => send(way, request),
    stream: (request, options) => streamBody(way, request, options),
    close: () => agent.destroy(),
  }
}

async function send(way: Way, request: KubeRequest): Promise<JsonObject> {
  const { response, body } = await answerTo(way, request).catch((error: unknown) => {
    throw translateFailure(nameOf(request), error)
  })
  const error = errorOf(request, response, body)
  if (error !== undefined) throw error
  return parseObject(nameOf(request), body)
}

async function answerTo(way: Way, request: KubeRequest) {
  const response = await exchange(way, request)
  return { response, body: await readText(response) }
}

/** An answer of 200 that is no JSON object comes from something between us and the API server. */
function parseObject(name: string, text: string): JsonObject {
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body)) return body
  } catch (error) {
    throw translateFailure(name, error)
  }
  throw translateFailure(name, new Error('the answer is not a JSON object'))
}
