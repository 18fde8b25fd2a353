// A TLS reverse proxy before the API server: it sees every request of one process before the API server does, and every
// answer before the process does, and can keep either to itself. Watches are passed on as they come.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as httpsRequest, type Server } from 'node:https'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { createAuthority } from '../cluster/certificates.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { renderKubeconfig } from '../cluster/kubeconfig.ts'

/** What a process asks the API server. */
export interface ProxiedRequest {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly isWatch: boolean
  /** A patch may be a list. */
  readonly body: Json
}

/** `before`: the API server has not seen it; `after`: it was executed, and the answer has not been passed on. */
export type Moment = 'before' | 'after'

export interface ApiProxy extends AsyncDisposable {
  /** Path of a kubeconfig that leads through the proxy, as the administrator. */
  readonly kubeconfig: string
  /** Ends every connection, with what is on its way in it, and every new one, until the returned function is called. */
  readonly cut: () => () => void
}

/** False: here it ends, without an answer. A promise: so long it is held up. */
export type Passes = (request: ProxiedRequest, moment: Moment) => boolean | Promise<boolean>

/** Listens on loopback. */
export async function openApiProxy(plane: ControlPlane, name: string, passes: Passes): Promise<ApiProxy> {
  const authority = await createAuthority()
  const { certificate, key } = await authority.issueServer(['127.0.0.1'])
  const upstream = upstreamOf(plane)
  const server = createServer({ cert: certificate, key }, (request, response) => {
    forward(upstream, passes, request, response).catch(() => response.destroy())
  })
  const sockets = new Set<Socket>()
  let isCut = false
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)))
    if (isCut) socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${portOf(server)}`
  const kubeconfig = join(plane.folder, `${name}.kubeconfig`)
  // The credentials are of no use to the process: the proxy has its own.
  const endpoint = { url, authority: authority.certificate }
  await writeFile(kubeconfig, renderKubeconfig(endpoint, name, await authority.issueClient({ user: name })))
  return {
    kubeconfig,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
      return () => {
        isCut = false
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      upstream.agent.destroy()
    },
  }
}

interface Upstream {
  readonly url: URL
  readonly agent: Agent
}

/** As the administrator's kubeconfig has it, which is JSON. */
function upstreamOf({ url, kubeconfig }: ControlPlane): Upstream {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as JsonObject
  const credentials = objectAt(listAt(config, 'users').find(isObject), 'user')
  const cluster = objectAt(listAt(config, 'clusters').find(isObject), 'cluster')
  const agent = new Agent({
    keepAlive: true,
    ca: decode(cluster, 'certificate-authority-data'),
    cert: decode(credentials, 'client-certificate-data'),
    key: decode(credentials, 'client-key-data'),
  })
  return { url: new URL(url), agent }
}

function decode(parent: JsonObject, field: string): Buffer {
  return Buffer.from(stringAt(parent, field) ?? '', 'base64')
}

async function forward(
  upstream: Upstream,
  passes: Passes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request)
  const { pathname, searchParams } = new URL(request.url ?? '/', upstream.url)
  const isWatch = searchParams.get('watch') === 'true'
  const asked = { method: request.method ?? '', path: pathname, isWatch, body: parseBody(body) }
  if (!(await passes(asked, 'before'))) return void response.destroy()
  const answer = await send(upstream, request, body)
  if (isWatch) return pipe(answer, response)
  const content = await buffer(answer)
  if (!(await passes(asked, 'after'))) return void response.destroy()
  response.writeHead(answer.statusCode ?? 502, answer.headers).end(content)
}

async function send(
  { url, agent }: Upstream,
  request: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { host: _, ...headers } = request.headers
  const options = { agent, method: request.method, path: request.url, headers }
  const sent = httpsRequest({ ...options, host: url.hostname, port: url.port }, resolve)
  sent.on('error', reject).end(body)
  return promise
}

function pipe(answer: IncomingMessage, response: ServerResponse): void {
  response.on('close', () => answer.destroy())
  answer.on('error', () => response.destroy())
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  response.flushHeaders()
  answer.pipe(response)
}

function parseBody(body: Buffer): Json {
  return body.length === 0 ? null : (JSON.parse(body.toString('utf8')) as Json)
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return address.port
}
