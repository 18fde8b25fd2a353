// A real webhook server on loopback, and clients for it: node:https for what is well-formed, a bare TLS socket for the rest.
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { createCertificateHolder, type CertificateHolder } from '../../certs/holder.ts'
import type {
  AdmissionAnswer,
  AdmissionObserver,
  DecideReview,
  UntilDecidable,
} from '../../webhooks/handler.ts'
import { startWebhookServer, type Timeouts, type WebhookServer } from '../../webhooks/server.ts'
import { makeBundle } from '../certs/make-bundle.ts'
import { makeSkipped } from './decisions.ts'

/** Closed when its test is over, whatever came of that. */
export interface TestServer extends AsyncDisposable {
  readonly server: WebhookServer
  readonly ca: string
  readonly certificate: CertificateHolder
  readonly answers: AdmissionAnswer[]
  readonly failures: { readonly webhook: string; readonly uid: string; readonly error: unknown }[]
}

const AT_ONCE = { quietMs: 0, limitMs: 0 }

/** Starts a server; both webhooks decide by `decide`. */
export async function makeServer(
  options: { decide?: DecideReview; untilDecidable?: UntilDecidable; timeouts?: Timeouts } = {},
): Promise<TestServer> {
  const { decide = () => makeSkipped() } = options
  const bundle = await makeBundle()
  const certificate = createCertificateHolder(bundle)
  const answers: AdmissionAnswer[] = []
  const failures: TestServer['failures'] = []
  const observer: AdmissionObserver = {
    answered: answer => void answers.push(answer),
    failed: failure => void failures.push(failure),
  }
  const server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    certificate,
    mutate: decide,
    validate: decide,
    observer,
    version: '0.0.0-test',
    ...(options.untilDecidable && { untilDecidable: options.untilDecidable }),
    ...(options.timeouts && { timeouts: options.timeouts }),
  })
  return {
    server,
    ca: bundle.caCertificate,
    certificate,
    answers,
    failures,
    [Symbol.asyncDispose]: () => server.stop(AT_ONCE),
  }
}

export interface TestAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface TestRequest {
  readonly method?: string
  readonly path?: string
  readonly contentType?: string | undefined
  readonly body?: string
  readonly agent?: Agent
}

/** One well-formed request. */
export async function send({ server, ca }: TestServer, options: TestRequest = {}): Promise<TestAnswer> {
  const { method = 'POST', path = '/mutate?timeout=3s', body = '', agent = new Agent() } = options
  const contentType = 'contentType' in options ? options.contentType : 'application/json'
  const headers = contentType === undefined ? {} : { 'Content-Type': contentType }
  const sent = request({ host: '127.0.0.1', port: server.port, ca, method, path, headers, agent })
  sent.end(body)
  const [response] = await once(sent, 'response')
  return { status: response.statusCode, headers: response.headers, text: await text(response) }
}

/** A bare TLS connection to the server. */
export async function openSocket(
  { server, ca }: TestServer,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: server.port, ca, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** The head of a POST to /mutate. */
export function postHead(headers: Readonly<Record<string, string | number>>, path = '/mutate'): string {
  const lines = Object.entries({ Host: 'localhost', 'Content-Type': 'application/json', ...headers })
  return [`POST ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
}
