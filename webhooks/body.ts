// Pipeline: webhooks. The body phase of a request: bounded in bytes here, in time by the server's timeouts.
import type { IncomingMessage } from 'node:http'

/**
 * An AdmissionReview carries object and oldObject; etcd takes requests up to 1.5 MiB, the API server decodes up to
 * 3 MiB: twice that and room for the envelope (the same limit as controller-runtime's pkg/webhook/admission/http.go).
 */
export const MAX_BODY_BYTES = 7 * 1024 * 1024

/** The whole body, or why there is none: larger than the limit, or the client went away. */
export type Body = Buffer | 'TooLarge' | 'Aborted'

/**
 * Collects the body and calls `collected` once; as soon as the limit is passed, keeping nothing of it then. A callback and no
 * promise: what ends the body goes on at once with the answer.
 */
export function collectBody(
  request: IncomingMessage,
  collected: (body: Body) => void,
  maxBytes = MAX_BODY_BYTES,
): void {
  let chunks: Buffer[] = []
  let size = 0
  let isDone = false
  const end = (body: Body): void => {
    if (isDone) return
    isDone = true
    chunks = []
    collected(body)
  }
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) end('TooLarge')
    else chunks.push(chunk)
  })
  request.on('end', () => {
    const [only] = chunks
    end(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
  })
  request.on('error', () => end('Aborted'))
  request.on('close', () => end('Aborted'))
}
