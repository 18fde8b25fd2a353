// Runs a script of scripts/ as a pod does: its text by `sh -c`, its words after it, in a process group that stands for the
// container. Every shell that is here is used, as the images have different ones.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { text } from 'node:stream/consumers'
import { onProcessEnd } from '../cluster/process-end.ts'

/** The text of a script. */
export function readScript(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../scripts', name), 'utf8')
}

/** How a shell is called. */
export type Shell = readonly [command: string, ...args: string[]]

/** The system's sh, and those of the images (Debian has dash, Alpine has busybox) where they are here and are others. */
export const SHELLS: Readonly<Record<string, Shell>> = Object.fromEntries(
  [['dash'] as const, ['busybox', 'sh'] as const, ['sh'] as const]
    .filter(([command, ...args]) => spawnSync(command, [...args, '-c', ':']).status === 0)
    .filter((shell, index, all) => all.findIndex(one => programOf(one) === programOf(shell)) === index)
    .map(shell => [shell.join(' '), shell]),
)

/** On Debian `sh` is dash. */
function programOf([command]: Shell): string {
  return spawnSync('sh', ['-c', 'readlink -f "$(command -v "$1")"', 'sh', command], {
    encoding: 'utf8',
  }).stdout
}

/** How a container ended. */
export interface Ended {
  /** As Kubernetes reports it: 128 + the signal's number for a signal. */
  readonly code: number
  /** Everything that it wrote. */
  readonly log: string
  /** The termination message. */
  readonly message: string
}

/** A running container. */
export interface Container {
  /** To its first process, as kubelet does. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** SIGKILL to all of it, as the kernel does where the whole container is out of memory. */
  readonly kill: () => void
  readonly ended: Promise<Ended>
}

/** What the container is: like a Container of Kubernetes. */
export interface ContainerOptions {
  readonly args?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Other processes outlive the first one until the test is over, as they may with `shareProcessNamespace`. */
  readonly outlives?: boolean
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGKILL: 9, SIGTERM: 15 }

/** Starts a script in a shell. */
export function startScript(
  shell: Shell,
  name: string,
  { args = [], env, outlives = false }: ContainerOptions,
): Container {
  const folder = mkdtempSync(join(tmpdir(), 'kaito-native-script-'))
  const messageFile = join(folder, 'termination-log')
  const [command, ...shellArgs] = shell
  const child = spawn(command, [...shellArgs, '-c', readScript(name), name, ...args], {
    env: { PATH: process.env['PATH'] ?? '', TERMINATION_LOG: messageFile, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const kill = (): void => killGroup(child.pid)
  const forget = onProcessEnd(kill)
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  // The first process is the container: with it all of it ends.
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0)))
  }).then(async code => {
    if (outlives) after(kill)
    else kill()
    forget()
    const message = existsSync(messageFile) ? readFileSync(messageFile, 'utf8').trim() : ''
    rmSync(folder, { recursive: true })
    return { code, log: (await output).join(''), message }
  })
  return { signal: signal => void child.kill(signal), kill, ended }
}

/** Runs a script to its end. */
export function runScript(shell: Shell, name: string, options: ContainerOptions): Promise<Ended> {
  return startScript(shell, name, options).ended
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
