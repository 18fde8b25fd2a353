// `serve --no-webhook`: a controller as a process of its own, to be ended and frozen in every way that there is.
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { killGroup, spawnBound } from '../cluster/bound-process.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'
import { freePort } from '../cluster/ports.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 60_000

export interface ControllerProcess {
  readonly logFile: string
  /** Everything that it has logged so far. */
  readonly log: () => string
  /** Resolves when its caches are filled. */
  readonly untilReady: () => Promise<void>
  /** The text of /metrics; empty where it does not answer. */
  readonly metrics: () => Promise<string>
  /** Whether it says that it leads; false where it does not answer. */
  readonly leads: () => Promise<boolean>
  /** Asks it to end, as the kubelet does; resolves with its exit code (null: it was killed). */
  readonly terminate: () => Promise<number | null>
  /** SIGKILL, at once. */
  readonly kill: () => void
  readonly ended: Promise<unknown>
  readonly freeze: () => void
  readonly thaw: () => void
}

/** Starts it, from the sources unless another program is given; not ready yet. */
export async function startControllerProcess(
  plane: ControlPlane,
  kubeconfig: string,
  flags: readonly string[],
  main: string = MAIN,
): Promise<ControllerProcess> {
  const healthPort = await freePort()
  const health = `http://127.0.0.1:${healthPort}`
  const addresses = ['--kubeconfig', kubeconfig, '--bind-address', '127.0.0.1', '--health-port']
  const args = [main, 'serve', '--no-webhook', ...addresses, String(healthPort), ...flags]
  const logFile = join(plane.logFolder, `controller-${healthPort}.log`)
  const log = openSync(logFile, 'w')
  const program = { path: process.execPath, watchesLifeline: false }
  const child = spawnBound(program, args, { env: process.env, stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = once(child, 'exit')
  const metrics = async (): Promise<string> => (await answer(`${health}/metrics`)) ?? ''
  // guard.ts shares the group with the process; what is asked of a group is asked of both.
  const signalGroup = (signal: NodeJS.Signals): void => void process.kill(-(child.pid ?? NaN), signal)
  return {
    logFile,
    log: () => readFileSync(logFile, 'utf8'),
    untilReady: async () => {
      await poll(`${logFile}: ready`, READY_TIMEOUT_MS, async () =>
        (await answer(`${health}/readyz`)) === undefined ? undefined : true,
      )
    },
    metrics,
    leads: async () => /^kaito_native_controller_leader 1$/m.test(await metrics()),
    async terminate() {
      child.kill('SIGTERM')
      const [code] = await ended
      return typeof code === 'number' ? code : null
    },
    kill: () => killGroup(child),
    ended,
    freeze: () => signalGroup('SIGSTOP'),
    thaw: () => signalGroup('SIGCONT'),
  }
}

/** The text of an answer of 200; undefined: anything else, silence too. */
async function answer(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}
