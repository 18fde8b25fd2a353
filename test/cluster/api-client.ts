// Requests to the API server over one pool of connections: what a test asks for often is too slow by kubectl.
import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { KeyPair } from './certificates.ts'
import type { Endpoint } from './kubeconfig.ts'

const timeoutMs = 30_000

/** The API server's answer; `body` is parsed if it is JSON, else text. */
export interface ApiResponse<Body> {
  readonly status: number
  readonly body: Body
}

/** A client of the API server with one identity. */
export interface ApiClient {
  /** One request; a status that is no success is an answer, not an error. `body` is sent as JSON unless it is a string. */
  readonly request: <Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ) => Promise<ApiResponse<Body>>
  readonly close: () => void
}

/** A client with a certificate. */
export const createApiClient = ({ url, authority }: Endpoint, { certificate, key }: KeyPair): ApiClient => {
  const agent = new Agent({ keepAlive: true, ca: authority, cert: certificate, key })
  return {
    request: async <Body>(method: string, path: string, body?: unknown, contentType = 'application/json') => {
      const content = body === undefined ? undefined : { type: contentType, text: asText(body) }
      const response = await send(new URL(path, url), { method, agent }, content)
      return { status: response.statusCode ?? 0, body: await parseBody<Body>(response) }
    },
    close: () => agent.destroy(),
  }
}

const asText = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

const send = async (
  url: URL,
  options: RequestOptions,
  content: { readonly type: string; readonly text: string } | undefined,
): Promise<IncomingMessage> => {
  const headers = {
    accept: 'application/json',
    ...(content && { 'content-type': content.type, 'content-length': Buffer.byteLength(content.text) }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const outgoing = request(url, { ...options, headers, signal: AbortSignal.timeout(timeoutMs) }, resolve)
  outgoing.on('error', reject).end(content?.text)
  return await promise
}

const parseBody = async <Body>(response: IncomingMessage): Promise<Body> => {
  const content = await text(response)
  const isJson = response.headers['content-type']?.startsWith('application/json') ?? false
  return JSON.parse(isJson ? content : JSON.stringify(content))
}
