// What the servers beside kaito-native have in common: the certificate they are given, the port they get, the usage that
// they report.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import { answerParent } from '../peer.ts'
import type { Start, Usage } from '../server.ts'

/** As kaito-native's own: idle connections outlive the other servers' turns. */
const KEEP_ALIVE_MS = 120_000

/** Runs one server for the benchmark, on any free port of loopback. */
export function serveBenchmark(createListener: (start: Start) => RequestListener): void {
  answerParent(question => (question === 'usage' ? usage() : listen(question as Start, createListener)))
}

async function listen(start: Start, createListener: (start: Start) => RequestListener): Promise<number> {
  const { certificate: cert, key } = start.tls
  const server = createServer({ cert, key, keepAliveTimeout: KEEP_ALIVE_MS }, createListener(start))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function usage(): Promise<Usage> {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() }
}
