// `kaito-native serve` as a process of its own against a test control plane: what users run.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'
import { freePort } from '../cluster/ports.ts'
import { startServer } from '../cluster/server-process.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 60_000

/** A `serve` that answered /readyz. */
export interface ServeProcess {
  /** Admission requests answered so far, as /metrics counts them. */
  readonly admissionRequests: () => Promise<number>
  /** Its log, from the start. */
  readonly logFile: string
  readonly metrics: () => Promise<string>
  /** Kills it as a lost machine would; what it registered stays. */
  readonly kill: () => Promise<void>
}

/** Starts `serve` on free ports, without the controller unless other flags are given; resolves when it is ready. */
export async function startServe(
  plane: ControlPlane,
  more: readonly string[] = ['--no-controller'],
): Promise<ServeProcess> {
  const [webhookPort, healthPort] = await Promise.all([freePort(), freePort()])
  const flags = {
    kubeconfig: plane.kubeconfig,
    'webhook-url': `https://127.0.0.1:${webhookPort}`,
    'webhook-port': String(webhookPort),
    'health-port': String(healthPort),
  }
  const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
  const args = [MAIN, 'serve', ...given, ...more]
  const program = { path: process.execPath, watchesLifeline: false }
  const logFile = join(plane.logFolder, `serve-${healthPort}.log`)
  const server = startServer('serve', program, args, logFile)
  const health = `http://127.0.0.1:${healthPort}`
  const whatFailed = (): string => `serve is not ready; the end of ${server.logTail()}`
  await poll(whatFailed, READY_TIMEOUT_MS, async () => {
    server.assertRunning()
    return (await isReady(health)) ? true : undefined
  })
  const metrics = async (): Promise<string> => (await fetch(`${health}/metrics`)).text()
  return {
    admissionRequests: async () => countRequests(await metrics()),
    logFile,
    metrics,
    kill: async () => {
      server.kill()
      await server.ended
    },
  }
}

async function isReady(health: string): Promise<boolean> {
  try {
    return (await fetch(`${health}/readyz`)).ok
  } catch {
    return false
  }
}

function countRequests(metrics: string): number {
  const samples = metrics.matchAll(/^kaito_native_admission_requests_total\{[^}]*\} (\d+)$/gm)
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0)
}
