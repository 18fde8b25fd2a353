// The load generator, a process of its own. It opens its connections to a server once and keeps each of them busy. Every
// answer is looked at: status 200, and the bytes of the body equal to those of the first.
import { openConnection, postBytes, type Connection } from './connection.ts'
import type { Load, LoadResult } from './load-request.ts'
import { answerParent } from './peer.ts'

const connectionsByPort = new Map<number, Promise<readonly Connection[]>>()

answerParent(question => runLoad(question as Load))

async function runLoad(load: Load): Promise<LoadResult> {
  const connections = await connectionsTo(load)
  const run: Run = { request: postBytes(load.body), left: load.requests, latenciesMs: [], answer: undefined }
  const startedMs = performance.now()
  await Promise.all(connections.map(connection => keepBusy(connection, run)))
  const seconds = (performance.now() - startedMs) / 1000
  const latenciesMs = run.latenciesMs.toSorted((a, b) => a - b)
  return { seconds, latenciesMs, answer: run.answer?.toString() ?? '' }
}

function connectionsTo({ port, caCertificate, connections }: Load): Promise<readonly Connection[]> {
  const opened =
    connectionsByPort.get(port) ??
    Promise.all(Array.from({ length: connections }, () => openConnection(port, caCertificate)))
  connectionsByPort.set(port, opened)
  return opened
}

interface Run {
  readonly request: Buffer
  left: number
  readonly latenciesMs: number[]
  answer: Buffer | undefined
}

/** One connection's share: the next request leaves when the last answer is complete. */
async function keepBusy(connection: Connection, run: Run): Promise<void> {
  while (run.left > 0) {
    run.left--
    const sentMs = performance.now()
    const body = await connection.exchange(run.request)
    run.latenciesMs.push(performance.now() - sentMs)
    run.answer ??= body
    if (!body.equals(run.answer)) throw new Error('two answers to the same request differ')
  }
}
