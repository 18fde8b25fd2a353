// Pipeline: webhooks. The HTTPS server: TLS and time limits here, /mutate and /validate answered before Express sees
// them, the certificate exchangeable while connections live.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import { createInfoApp } from './app.ts'
import { createDrain, type Drain, type DrainOptions } from './drain.ts'
import {
  createAdmissionHandler,
  type AdmissionObserver,
  type DecideReview,
  type UntilDecidable,
} from './handler.ts'

/** PEM. */
export interface ServingCertificate {
  readonly certificate: string
  readonly key: string
}

/** Where the serving certificate comes from; it may be replaced while the server runs. */
export interface CertificateSource {
  current(): ServingCertificate
  /** Calls back after every replacement. */
  onReplaced(listener: () => void): void
}

export interface WebhookServerOptions {
  /** Absent: every interface. */
  readonly host: string | undefined
  /** 0: any free port. */
  readonly port: number
  readonly certificate: CertificateSource
  readonly mutate: DecideReview
  readonly validate: DecideReview
  readonly untilDecidable?: UntilDecidable
  readonly observer: AdmissionObserver
  readonly version: string
  readonly timeouts?: Timeouts
}

export interface WebhookServer {
  readonly port: number
  /** An address at which this process reaches itself. */
  readonly selfAddress: string
  /** Serves on until it is quiet, then closes (drain.ts); harmless when repeated. */
  stop(options: DrainOptions): Promise<void>
}

/** Milliseconds. */
export interface Timeouts {
  readonly handshakeTimeout: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly connectionsCheckingInterval: number
  readonly keepAliveTimeout: number
}

/**
 * - requestTimeout: head and body together. Our webhooks ask for 3 s; who is slower than this is no API server.
 * - keepAliveTimeout: longer than the 90 s for which Go's client keeps an idle connection, so that the client closes first.
 */
const TIMEOUTS: Timeouts = {
  handshakeTimeout: 10_000,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 120_000,
}

/** Listens; rejects when the port is taken. */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { certificate, host, port, timeouts = TIMEOUTS } = options
  const drain = createDrain()
  const server = createServer({ ...timeouts, ...tlsOptions(certificate) }, createListener(options, drain))
  certificate.onReplaced(() => server.setSecureContext(tlsOptions(certificate)))
  server.listen(port, host)
  await once(server, 'listening')
  return { ...addressOf(server), stop: limits => stop(server, drain, limits) }
}

/** Every interface is `::` or, where there is no IPv6, `0.0.0.0`: both are bound, none can be called. */
const SELF_ADDRESS: Readonly<Record<string, string>> = { '::': '::1', '0.0.0.0': '127.0.0.1' }

function addressOf(server: Server): { readonly port: number; readonly selfAddress: string } {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new TypeError('the webhook server has no TCP address')
  return { port: address.port, selfAddress: SELF_ADDRESS[address.address] ?? address.address }
}

/** HTTP/1.1 only: that is what API servers speak to webhooks, and it has no streams to be reset in bulk (CVE-2023-44487). */
function tlsOptions(certificate: CertificateSource) {
  const { certificate: cert, key } = certificate.current()
  return { cert, key, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const
}

function createListener(options: WebhookServerOptions, drain: Drain) {
  const { mutate, validate, observer, untilDecidable, version } = options
  const mutating = createAdmissionHandler('mutate', mutate, observer, untilDecidable)
  const validating = createAdmissionHandler('validate', validate, observer, untilDecidable)
  const app = createInfoApp(version)
  return (request: IncomingMessage, response: ServerResponse): void => {
    drain.requestStarted()
    response.once('close', () => drain.requestEnded())
    if (drain.draining) response.setHeader('Connection', 'close')
    const path = pathOf(request)
    if (path === '/mutate') mutating(request, response)
    else if (path === '/validate') validating(request, response)
    else app(request, response)
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

async function stop(server: Server, drain: Drain, limits: DrainOptions): Promise<void> {
  await drain.drained(limits)
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
