// The same reviews through a real HTTPS server: what it answers is always of the protocol.
import { Agent } from 'node:https'
import type { AdmissionContext } from '../../src/core/admit/context.ts'
import { decideMutation } from '../../src/core/admit/mutate.ts'
import { makeServer, send } from '../webhooks/make-server.ts'
import { randomOf } from './make-json.ts'
import { reviewOf } from './review-cases.ts'

const AT_ONCE = 25

/** How many were answered with each status; rejects where one is neither an answer nor a protest of the protocol. */
export async function fuzzHttps(
  runs: number,
  seed: number,
  context: AdmissionContext,
): Promise<ReadonlyMap<number, number>> {
  await using server = await makeServer({ decide: input => decideMutation(input, context) })
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const statuses = new Map<number, number>()
  const tryOne = async (index: number): Promise<void> => {
    const { status, text } = await send(server, { body: reviewOf(randomOf(seed, index), context), agent })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    const isAnswer = (JSON.parse(text) as { kind: string }).kind === 'AdmissionReview'
    if (!isAnswer || (status !== 200 && status !== 400))
      throw new Error(`reviews, seed ${seed}, case ${index}: status ${status}, ${text}`)
  }
  for (let first = 0; first < runs; first += AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, runs - first) }, (_, index) => tryOne(first + index)),
    )
  agent.destroy()
  const [failure] = server.failures
  if (failure !== undefined) throw new Error(`the server failed at ${failure.uid}`, { cause: failure.error })
  return statuses
}
