// Pipeline: ops. The health port, plain HTTP for kubelet and Prometheus: /healthz (the process lives), /readyz (admission
// works, else why not), /metrics.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export interface HealthServerOptions {
  /** Absent: every interface. */
  readonly host: string | undefined
  /** 0: any free port. */
  readonly port: number
  /** What is missing for /readyz; empty: ready. */
  readonly notReadyReasons: () => Promise<readonly string[]>
  readonly metrics: { readonly contentType: string; render(): Promise<string> }
}

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

interface Page {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** Listens; rejects when the port is taken. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => void answer(request, response, options))
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return { port: portOf(server), close: () => close(server) }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthServerOptions,
): Promise<void> {
  const { status, contentType, text } = await page(request, options).catch(failed)
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) })
  response.end(request.method === 'HEAD' ? undefined : text)
}

async function page(request: IncomingMessage, options: HealthServerOptions): Promise<Page> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'only GET and HEAD' })
  const [path = ''] = (request.url ?? '').split('?', 1)
  switch (path) {
    case '/healthz':
      return json(200, { status: 'ok' })
    case '/readyz':
      return readiness(await options.notReadyReasons())
    case '/metrics':
      return { status: 200, contentType: options.metrics.contentType, text: await options.metrics.render() }
    default:
      return json(404, { error: 'not found', paths: ['/healthz', '/readyz', '/metrics'] })
  }
}

function readiness(reasons: readonly string[]): Page {
  return reasons.length === 0 ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reasons })
}

function failed(error: unknown): Page {
  return json(500, { error: error instanceof Error ? error.message : String(error) })
}

function json(status: number, body: unknown): Page {
  return { status, contentType: 'application/json', text: `${JSON.stringify(body)}\n` }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new TypeError('the health server has no TCP address')
  return address.port
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
