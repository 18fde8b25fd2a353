// The real kubectl against a test control plane. It reads nothing of the user's own configuration.
import { once } from 'node:events'
import { killGroup, readAll, spawnBound, type Program } from './bound-process.ts'

const defaultTimeoutMs = 60_000

/** How one kubectl command is run. */
export interface KubectlOptions {
  /** Standard input. */
  readonly input?: string
  /** Path of a kubeconfig; the administrator's if absent. */
  readonly kubeconfig?: string
  /** After this time kubectl is killed, and the call fails. */
  readonly timeoutMs?: number
}

/** What a kubectl command gave back. */
export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs kubectl with its caches in `home`. */
export const runKubectl = async (
  program: Program,
  home: string,
  args: readonly string[],
  options: KubectlOptions & { readonly kubeconfig: string },
): Promise<KubectlResult> => {
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: options.kubeconfig }
  const child = spawnBound(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  // kubectl may end without reading all of its input.
  child.stdin?.on('error', () => {}).end(options.input ?? '')
  const { timeoutMs = defaultTimeoutMs } = options
  const timer = setTimeout(() => killGroup(child), timeoutMs)
  const [stdout, stderr, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'exit'),
  ])
  clearTimeout(timer)
  if (typeof code === 'number') return { code, stdout, stderr }
  throw new Error(`kubectl ${args.join(' ')}: killed after ${timeoutMs} ms\n${stdout}${stderr}`)
}
