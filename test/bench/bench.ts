// The benchmark: our full mutate path, a bare node:https server and a naive Express handler, loaded in turn on loopback.
// It reports ratios measured in this one run and tests nothing but the answers: exit 1 where one is wrong, 2 where nothing
// could be measured. docs/benchmarks.md says how to read it.
import { cpus, loadavg } from 'node:os'
import { patchOf } from './answers.ts'
import { ensureBuilt } from './built.ts'
import { startKaitoNative } from './kaito-native.ts'
import type { LoadResult } from './load-request.ts'
import { startPeer } from './peer.ts'
import { measureRender } from './render-time.ts'
import { formatReport } from './report.ts'
import { FLEET } from './fleet.ts'
import { reviewText } from './review.ts'
import { runRounds, WrongAnswer } from './rounds.ts'
import { startServer } from './server.ts'

/** Until V8 has compiled what is hot; the memory is what the server has then. */
const WARM_UP_REQUESTS = 20_000
const ROUNDS = 10
const REQUESTS = 1_000
const CONNECTIONS = 8

try {
  ensureBuilt()
  console.log(facts())
  console.log(await measure())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof WrongAnswer ? 1 : 2
}

function facts(): string {
  const [cpu] = cpus()
  const load = loadavg().map(value => value.toFixed(1))
  const sizes = FLEET.map(shape => Buffer.byteLength(reviewText(shape)))
  return [
    `node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpu?.model ?? 'unknown'})`,
    `load averages before: ${load.join(', ')} (a calm machine has less than 1)`,
    `${ROUNDS} rounds of ${REQUESTS} reviews on each server after ${WARM_UP_REQUESTS} to warm up; CREATE of ${Math.min(...sizes)} to`,
    `${Math.max(...sizes)} bytes, ${FLEET.length} kinds, every name new; ${CONNECTIONS} keep-alive connections; medians of the rounds\n`,
  ].join('\n')
}

async function measure(): Promise<string> {
  const renderSeconds = measureRender()
  const started: { end(): void }[] = []
  const keep = <T extends { end(): void }>(process: T): T => {
    started.push(process)
    return process
  }
  try {
    const kaitoNative = keep(await startKaitoNative())
    const { tls } = kaitoNative
    const generator = keep(startPeer('./load.ts'))
    const bodies = FLEET.map(reviewText)
    const load = { caCertificate: tls.caCertificate, bodies, connections: CONNECTIONS }
    // One for each connection: what has sent nothing within the server's headers timeout is closed.
    const once = { ...load, newIntentEvery: 1, port: kaitoNative.port, requests: CONNECTIONS }
    const { exchanged } = await generator.ask<LoadResult>(once)
    const start = { tls, patch: patchOf(exchanged[0]?.answer ?? '') }
    const servers = {
      bare: keep(await startServer('./servers/bare.ts', start)),
      'kaito-native': kaitoNative,
      'naive Express': keep(await startServer('./servers/naive-express.ts', start)),
    }
    const rounds = { count: ROUNDS, requests: REQUESTS, warmUpRequests: WARM_UP_REQUESTS, load }
    return formatReport(await runRounds(servers, generator, rounds), renderSeconds)
  } finally {
    for (const process of started) process.end()
  }
}
