// A way to the API server that can be closed and opened: bytes on loopback, nothing else.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Forwarder extends AsyncDisposable {
  readonly port: number
  /** From now on connections are refused, and those that are there are cut. */
  close(): Promise<void>
}

/** Listens on a port of loopback (0: any free one) and forwards to another. */
export async function openForwarder(port: number, targetPort: number): Promise<Forwarder> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(target).pipe(client)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const end = () => close(server, sockets)
  return { port: portOf(server), close: end, [Symbol.asyncDispose]: end }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return address.port
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  if (server.listening) await once(server.close(), 'close')
}
