// kaito-native as it is installed: the built program's `serve`, with all that it loads and does, so that memory and time
// are what a cluster pays. Port and usage are read where an operator reads them: its log and its metrics.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CERTIFICATE_SECRET } from '../../src/kube/certificate-secret.ts'
import { objectAt, stringAt } from '../../src/core/api/json.ts'
import { killGroup, spawnBound } from '../cluster/bound-process.ts'
import { startApi, type BenchmarkApi } from './api.ts'
import { MAIN } from './built.ts'
import type { BenchmarkServer, Tls, Usage } from './server.ts'

const NAMESPACE = 'kaito-system'
const FLAGS = ['--webhook-url=https://127.0.0.1', '--webhook-port=0', '--health-port=0']

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
  const child = spawnBound(
    { path: process.execPath, watchesLifeline: false },
    [MAIN, 'serve', `--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`, ...FLAGS],
    { env: process.env, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const end = (): void => {
    killGroup(child)
    void api.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { webhook, health } = await portsOf(child.stderr)
    return { port: webhook, tls: issued(api), usage: () => readUsage(health), end }
  } catch (error) {
    end()
    throw error
  }
}

/** From its log, which is JSON lines; whatever else it says before it listens is why it does not. */
async function portsOf(log: NodeJS.ReadableStream | null): Promise<{ webhook: number; health: number }> {
  const said: string[] = []
  let health = 0
  if (log !== null)
    for await (const line of createInterface({ input: log })) {
      said.push(line)
      const { msg = '', port = 0 } = parseLine(line)
      if (msg.startsWith('the health port')) health = port
      if (msg === 'the webhooks are registered') {
        log.resume()
        return { webhook: port, health }
      }
    }
  throw new Error(`serve has ended before it listened:\n${said.join('\n')}`)
}

function parseLine(line: string): { readonly msg?: string; readonly port?: number } {
  return line.startsWith('{') ? (JSON.parse(line) as { msg?: string; port?: number }) : {}
}

function issued(api: BenchmarkApi): Tls {
  const data = objectAt(api.stored(`/api/v1/namespaces/${NAMESPACE}/secrets/${CERTIFICATE_SECRET}`), 'data')
  const text = (key: string): string => Buffer.from(stringAt(data, key) ?? '', 'base64').toString()
  return { caCertificate: text('ca.crt'), certificate: text('tls.crt'), key: text('tls.key') }
}

async function readUsage(healthPort: number): Promise<Usage> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/metrics`)
  const metrics = await response.text()
  const value = (name: string): number =>
    Number(new RegExp(`^kaito_native_${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  return {
    cpuMs: value('process_cpu_seconds_total') * 1000,
    rssBytes: value('process_resident_memory_bytes'),
  }
}
