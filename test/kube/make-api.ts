// An HTTPS server that answers like an API server would on the wire, for what a real one cannot be made to do (silence,
// garbage, 429) and to look at the connections. What requests mean is tested against a real one (*.cluster.test.ts).
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { createConnection, type ConnectionSettings, type KubeConnection } from '../../src/kube/connection.ts'
import { makeBundle } from '../certs/make-bundle.ts'

export interface FakeApi {
  readonly settings: ConnectionSettings
  readonly connection: KubeConnection
  /** The same as the text of a kubeconfig. */
  readonly kubeconfig: string
  readonly requests: IncomingMessage[]
  readonly server: Server
  stop(): Promise<void>
}

const TOKEN = 'secret-token'

/** Starts it on loopback; `path` is put before every path, as a proxy's URL has it. */
export async function makeApi(listener: RequestListener, path = ''): Promise<FakeApi> {
  const bundle = await makeBundle()
  const requests: IncomingMessage[] = []
  const server = createServer({ cert: bundle.certificate, key: bundle.key }, (request, response) => {
    requests.push(request)
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const url = `https://127.0.0.1:${address.port}${path}`
  const settings: ConnectionSettings = {
    server: new URL(url),
    authority: { text: bundle.caCertificate },
    token: { text: TOKEN },
  }
  return {
    settings,
    connection: createConnection(settings),
    kubeconfig: renderKubeconfig(url, bundle.caCertificate),
    requests,
    server,
    stop: () => stop(server),
  }
}

function renderKubeconfig(server: string, authority: string): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') }
  return JSON.stringify({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: TOKEN } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
