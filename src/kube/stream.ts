// Pipeline: kube. An answer that goes on for as long as somebody listens: watches. The time-out of requests ends with the
// head of the answer; after that only silence longer than the caller allows breaks it.
import type { IncomingMessage } from 'node:http'
import type { KubeRequest, StreamOptions } from './client.ts'
import { translateFailure } from './errors.ts'
import { errorOf, exchange, isSuccess, nameOf, readText, type Way } from './exchange.ts'

/** See KubeClient.stream. */
export async function streamBody(
  way: Way,
  request: KubeRequest,
  options: StreamOptions,
): Promise<AsyncIterable<Buffer>> {
  const { signal } = options
  signal.throwIfAborted()
  const translate = (error: unknown): unknown =>
    signal.aborted ? signal.reason : translateFailure(nameOf(request), error)
  const { response, error } = await openStream(way, request, options).catch((cause: unknown) => {
    throw translate(cause)
  })
  if (error !== undefined) throw error
  return chunksOf(response, translate)
}

async function openStream(way: Way, request: KubeRequest, options: StreamOptions) {
  const response = await exchange(way, request, options)
  if (isSuccess(response)) return { response, error: undefined }
  return { response, error: errorOf(request, response, await readText(response)) }
}

async function* chunksOf(
  response: IncomingMessage,
  translate: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield chunk as Buffer
  } catch (error) {
    throw translate(error)
  }
}
