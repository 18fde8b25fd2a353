// One keep-alive connection of the load generator: HTTP/1.1 by hand, one request at a time. Leaner than any HTTP library
// and than any of the servers, so that they are what is measured.
import { once } from 'node:events'
import { connect } from 'node:tls'

export interface Connection {
  /** Resolves to the body of the answer; rejects unless its status is 200, and after a silence. */
  exchange(request: Buffer): Promise<Buffer>
}

/** No answer for this long is a wrong answer. */
const SILENCE_MS = 10_000
const HEAD_END = '\r\n\r\n'
/** The Service that the certificate is for. */
const SERVER_NAME = 'kaito-native.kaito-system.svc'

/** Opens it; the certificate is checked. */
export async function openConnection(port: number, caCertificate: string): Promise<Connection> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: SERVER_NAME,
    ca: caCertificate,
    ALPNProtocols: ['http/1.1'],
  })
  await once(socket, 'secureConnect')
  socket.setNoDelay(true)
  let answer = Promise.withResolvers<Buffer>()
  let received: Buffer[] = []
  const fail = (error: Error): void => answer.reject(error)
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  socket.on('timeout', () => fail(new Error(`no answer within ${SILENCE_MS} ms`)))
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk)
    const bytes = received.length === 1 ? chunk : Buffer.concat(received)
    const head = parseHead(bytes)
    if (head === undefined || bytes.length < head.end + head.contentLength) return
    received = []
    socket.setTimeout(0)
    if (head.isOk) answer.resolve(bytes.subarray(head.end))
    else fail(new Error(`not a review's answer: ${bytes.toString()}`))
  })
  return {
    exchange(request) {
      answer = Promise.withResolvers()
      socket.setTimeout(SILENCE_MS)
      socket.write(request)
      return answer.promise
    },
  }
}

interface Head {
  readonly isOk: boolean
  /** Where the body begins. */
  readonly end: number
  readonly contentLength: number
}

function parseHead(bytes: Buffer): Head | undefined {
  const at = bytes.indexOf(HEAD_END)
  if (at < 0) return undefined
  const head = bytes.toString('latin1', 0, at)
  const contentLength = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
  const isOk = head.startsWith('HTTP/1.1 200 ') && !Number.isNaN(contentLength)
  return { isOk, end: at + HEAD_END.length, contentLength: isOk ? contentLength : 0 }
}

/** The bytes of a POST to /mutate, as an API server sends it. */
export function postBytes(body: string): Buffer {
  const lines = [
    'POST /mutate?timeout=10s HTTP/1.1',
    `Host: ${SERVER_NAME}:443`,
    'User-Agent: kube-apiserver-admission',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Accept: application/json, */*',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
  ]
  return Buffer.from(lines.join('\r\n') + HEAD_END + body)
}
