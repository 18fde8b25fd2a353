// Pipeline: webhooks. The body phase of a request: bounded in bytes here, in time by the server's timeouts.
import type { IncomingMessage } from 'node:http'

/**
 * An AdmissionReview carries object and oldObject; etcd takes requests up to 1.5 MiB, the API server decodes up to
 * 3 MiB: twice that and room for the envelope (the same limit as controller-runtime's pkg/webhook/admission/http.go).
 */
export const MAX_BODY_BYTES = 7 * 1024 * 1024

/** The whole body, or why there is none: larger than the limit, or the client went away. */
export type Body = Buffer | 'TooLarge' | 'Aborted'

/** Collects the body; resolves as soon as the limit is passed and keeps nothing of it then. */
export function collectBody(request: IncomingMessage, maxBytes = MAX_BODY_BYTES): Promise<Body> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else resolve('TooLarge')
    })
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    )
    request.on('error', () => resolve('Aborted'))
    request.on('close', () => resolve('Aborted'))
  })
}
