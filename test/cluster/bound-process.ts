// Child processes that cannot outlive this one. Each holds one end of a pipe, its lifeline; the kernel closes the other
// end however this process ends, and the child, or guard.ts around it, then ends itself.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** An executable; one that does not watch its lifeline itself is run through guard.ts. */
export interface Program {
  readonly path: string
  readonly watchesLifeline: boolean
}

/** How to run a program; `stdio` is for the first three descriptors. */
export interface BoundOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly stdio: readonly ['ignore' | 'pipe', number | 'ignore' | 'pipe', number | 'pipe']
}

const lifelineDescriptor = 3
const guard = fileURLToPath(new URL('guard.ts', import.meta.url))

/** Starts a program in a process group of its own (so Ctrl-C in a terminal reaches it through us, in order). */
export const spawnBound = (
  program: Program,
  args: readonly string[],
  options: BoundOptions,
): ChildProcess => {
  const [path, allArgs] = program.watchesLifeline
    ? [program.path, args]
    : [process.execPath, [guard, program.path, ...args]]
  const stdio: StdioOptions = [...options.stdio, 'pipe']
  const env = { ...options.env, KAITO_NATIVE_LIFELINE_FD: String(lifelineDescriptor) }
  const child = spawn(path, allArgs, { ...options, env, stdio, detached: true })
  const lifeline = child.stdio[lifelineDescriptor]
  // It carries no data; it neither fails nor keeps this process running.
  if (lifeline instanceof Socket) lifeline.on('error', () => {}).unref()
  // A guard that was killed alone leaves its program behind in the group.
  child.on('exit', () => killGroupOf(child.pid))
  return child
}

/** Kills a child of spawnBound and whatever it started; a child that has ended already is no error. */
export const killGroup = (child: ChildProcess): void => {
  if (child.exitCode === null && child.signalCode === null) killGroupOf(child.pid)
}

/** Everything that a child writes to a pipe. */
export const readAll = async (stream: Readable | null): Promise<string> =>
  stream === null ? '' : await text(stream)

const killGroupOf = (leader: number | undefined): void => {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
