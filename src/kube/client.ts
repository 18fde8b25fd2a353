// Pipeline: kube. The one way to the API server: raw JSON in and out over one keep-alive agent. Of the Kubernetes client
// it takes what is hard to get right, kubeconfig and credentials; typed models would drop fields that they do not know.
import { KubeConfig } from '@kubernetes/client-node'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { isObject, type JsonObject } from '../core/api/json.ts'
import { translateFailure, translateResponse } from './errors.ts'

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the root of the API: `/api/v1/nodes`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: JsonObject
  /** Of the body; `application/json` unless it is a patch. */
  readonly contentType?: string
}

export interface KubeClient {
  /** The answer's JSON object. Rejects with the errors of errors.ts, and with nothing else. */
  request(request: KubeRequest): Promise<JsonObject>
  /** Closes idle connections. */
  close(): void
}

/** A connection that does not answer in this time is given up (TransientError). */
const TIMEOUT_MS = 10_000

/** Kubeconfig: the file that is named; else $KUBECONFIG, ~/.kube/config, the pod's ServiceAccount. Throws where there is none. */
export function loadKubeConfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig()
  if (file === undefined) config.loadFromDefault()
  else config.loadFromFile(file)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`${file ?? 'the kubeconfig'} has no current context with a cluster`)
  // The library's last resort is http://localhost:8080, which no cluster has served for years.
  if (cluster.server === 'http://localhost:8080') {
    throw new Error(
      'no cluster to talk to: give --kubeconfig, set KUBECONFIG, or run in a pod with a ServiceAccount',
    )
  }
  return config
}

/** A client for the current context. */
export function createKubeClient(config: KubeConfig): KubeClient {
  const agent = new Agent({ keepAlive: true, timeout: TIMEOUT_MS })
  return { request: request => send(config, agent, request), close: () => agent.destroy() }
}

async function send(config: KubeConfig, agent: Agent, request: KubeRequest): Promise<JsonObject> {
  const name = `${request.method} ${request.path}`
  const answer = await exchange(config, agent, request).catch((error: unknown) => {
    throw translateFailure(name, error)
  })
  if (answer.status < 200 || answer.status > 299) throw translateResponse(name, answer)
  return parseObject(name, answer.body)
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter?: string
}

async function exchange(config: KubeConfig, agent: Agent, request: KubeRequest): Promise<Answer> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const options = await requestOptions(config, agent, request, body)
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = httpsRequest(options)
  sent.on('response', response => void readAnswer(response).then(resolve, reject))
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
  sent.on('error', reject)
  sent.end(body)
  return promise
}

/** Credentials are asked for each time: a ServiceAccount's token changes while the process lives. */
async function requestOptions(
  config: KubeConfig,
  agent: Agent,
  request: KubeRequest,
  body: string | undefined,
): Promise<RequestOptions> {
  const cluster = config.getCurrentCluster()
  const server = new URL(cluster?.server ?? '')
  const query = new URLSearchParams(request.query).toString()
  const options: RequestOptions = {
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port,
    path: server.pathname.replace(/\/$/, '') + request.path + (query === '' ? '' : `?${query}`),
    method: request.method,
    timeout: TIMEOUT_MS,
    headers: { ...bodyHeaders(request, body), Accept: 'application/json', 'User-Agent': 'kaito-native' },
  }
  await config.applyToHTTPSOptions(options)
  if (cluster?.proxyUrl === undefined) options.agent = agent
  return options
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

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const retryAfter = response.headers['retry-after']
  const body = Buffer.concat(chunks).toString('utf8')
  return { status: response.statusCode ?? 0, body, ...(retryAfter !== undefined && { retryAfter }) }
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
