// An HTTPS server that answers like an API server would on the wire, for what a real one cannot be made to do (silence,
// garbage, 429) and to look at the connections. What requests mean is tested against a real one (*.cluster.test.ts).
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import { makeBundle } from '../certs/make-bundle.ts'

export interface FakeApi {
  readonly config: KubeConfig
  readonly requests: IncomingMessage[]
  readonly server: Server
  stop(): Promise<void>
}

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
  const config = new KubeConfig()
  const caData = Buffer.from(bundle.caCertificate).toString('base64')
  config.loadFromClusterAndUser(
    { name: 'c', server: `https://127.0.0.1:${address.port}${path}`, caData, skipTLSVerify: false },
    { name: 'u', token: 'secret-token' },
  )
  return { config, requests, server, stop: () => stop(server) }
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
