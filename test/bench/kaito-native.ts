// kaito-native as its image starts it: the built program's `serve`, with Node's options of the Dockerfile, and all that it
// loads and does, so that memory and time are what a cluster pays. Its port is read from its log. Its usage is asked for
// over IPC and not by scraping its metrics: a scrape runs node's HTTP code over plain sockets, which costs the code for TLS
// sockets its optimisation.
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CERTIFICATE_SECRET } from '../../src/kube/certificate-secret.ts'
import { objectAt, stringAt } from '../../src/core/api/json.ts'
import { startApi, type BenchmarkApi } from './api.ts'
import { MAIN } from './built.ts'
import { peerOf } from './peer.ts'
import type { BenchmarkServer, Tls, Usage } from './server.ts'

const NAMESPACE = 'kaito-system'
/**
 * Registered by Service, as in a cluster: then nobody has to call it before it says that it listens. Without the
 * controller, which would watch a cluster that is not there.
 */
const FLAGS = ['--bind-address=127.0.0.1', '--webhook-port=0', '--health-port=0', '--no-controller']
const START_MS = 30_000

/** Runs before `serve`: tells its usage to the parent, and ends it with the parent. */
const PRELOAD = `
  process.on('disconnect', () => process.exit())
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send({ value: { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() } })
  })`

export interface KaitoNative extends BenchmarkServer {
  /** The certificate that it has issued for itself. */
  readonly tls: Tls
}

/** Resolves when it is registered and listens. */
export async function startKaitoNative(): Promise<KaitoNative> {
  const api = await startApi()
  const folder = mkdtempSync(join(tmpdir(), 'kaito-native-bench-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, api.kubeconfig)
  const child = fork(MAIN, ['serve', `--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`, ...FLAGS], {
    execArgv: [...nodeOptions(), '--import', `data:text/javascript,${encodeURIComponent(PRELOAD)}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const peer = peerOf(child)
  const end = (): void => {
    peer.end()
    void api.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const port = await portOf(child.stderr)
    return { port, tls: issued(api), usage: () => peer.ask<Usage>('usage'), end }
  } catch (error) {
    end()
    throw error
  }
}

/** Those of the image. */
function nodeOptions(): readonly string[] {
  const file = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')
  const [, options] = /^ENV NODE_OPTIONS=(.+)$/m.exec(file) ?? []
  if (options === undefined) throw new Error('the Dockerfile gives no NODE_OPTIONS')
  return options.split(' ')
}

/** From its log, which is JSON lines; whatever else it says before it listens is why it does not. */
async function portOf(log: NodeJS.ReadableStream | null): Promise<number> {
  const said: string[] = []
  if (log !== null)
    for await (const line of createInterface({ input: log, signal: AbortSignal.timeout(START_MS) })) {
      said.push(line)
      const { msg, port } = parseLine(line)
      if (msg !== 'the webhooks are registered' || port === undefined) continue
      log.resume()
      return port
    }
  throw new Error(`serve has ended, or did not listen within ${START_MS / 1000} s:\n${said.join('\n')}`)
}

function parseLine(line: string): { readonly msg?: string; readonly port?: number } {
  return line.startsWith('{') ? (JSON.parse(line) as { msg?: string; port?: number }) : {}
}

function issued(api: BenchmarkApi): Tls {
  const data = objectAt(api.stored(`/api/v1/namespaces/${NAMESPACE}/secrets/${CERTIFICATE_SECRET}`), 'data')
  const text = (key: string): string => Buffer.from(stringAt(data, key) ?? '', 'base64').toString()
  return { caCertificate: text('ca.crt'), certificate: text('tls.crt'), key: text('tls.key') }
}
