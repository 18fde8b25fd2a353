// Pipeline: kube. One HTTP request to the API server, up to the head of its answer, and the body as text.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as httpsRequest, type Agent, type RequestOptions } from 'node:https'
import type { KubeRequest, StreamOptions } from './client.ts'
import type { KubeConnection } from './connection.ts'
import { translateResponse } from './errors.ts'

/** How requests travel. */
export interface Way {
  readonly connection: KubeConnection
  readonly agent: Agent
  /** Silence after which a connection is given up. */
  readonly timeoutMs: number
  /** Told the Date header of every answer. */
  readonly onDate: (date: string | undefined) => void
}

/** Sends it; resolves with the answer's head. Rejects with whatever happens on the way. A stream's body has limits of its own. */
export async function exchange(
  way: Way,
  request: KubeRequest,
  stream?: StreamOptions,
): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const options = await requestOptions(way, request, body)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = httpsRequest({ ...options, ...(stream !== undefined && { signal: stream.signal }) })
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${way.timeoutMs / 1000} s`)))
  sent.on('error', reject)
  sent.on('response', response => {
    way.onDate(response.headers.date)
    if (stream !== undefined && isSuccess(response)) limitSilence(sent, response, stream)
    resolve(response)
  })
  sent.end(body)
  return promise
}

/** In place of the time-out of requests. */
function limitSilence(
  sent: ClientRequest,
  response: IncomingMessage,
  { idleTimeoutMs = 0 }: StreamOptions,
): void {
  sent.removeAllListeners('timeout')
  sent.setTimeout(idleTimeoutMs)
  sent.on('timeout', () => response.destroy(new Error(`silent for ${idleTimeoutMs / 1000} s`)))
}

/** The whole body; rejects where it breaks off. */
export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Method and path, for messages. */
export function nameOf({ method, path }: KubeRequest): string {
  return `${method} ${path}`
}

/** The error that an answer stands for; undefined for 2xx. */
export function errorOf(request: KubeRequest, response: IncomingMessage, body: string): Error | undefined {
  if (isSuccess(response)) return undefined
  const retryAfter = response.headers['retry-after']
  return translateResponse(nameOf(request), {
    status: response.statusCode ?? 0,
    body,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** True for 2xx. */
export function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode <= 299
}

/** Credentials are asked for each time: a ServiceAccount's token changes while the process lives. */
async function requestOptions(
  { connection, agent, timeoutMs }: Way,
  request: KubeRequest,
  body: string | undefined,
): Promise<RequestOptions> {
  const { server } = connection
  const query = new URLSearchParams(request.query).toString()
  const credentials = await connection.credentials()
  return {
    agent,
    ...credentials,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port,
    path: server.pathname.replace(/\/$/, '') + request.path + (query === '' ? '' : `?${query}`),
    method: request.method,
    timeout: timeoutMs,
    headers: {
      ...credentials.headers,
      ...bodyHeaders(request, body),
      Accept: 'application/json',
      'User-Agent': 'kaito-native',
    },
  }
}

function bodyHeaders(
  request: KubeRequest,
  body: string | undefined,
): Readonly<Record<string, string | number>> {
  if (body === undefined) return {}
  return {
    'Content-Type': request.contentType ?? 'application/json',
    'Content-Length': Buffer.byteLength(body),
  }
}
