// One server of a control plane: a process whose output goes into a log file, watched for its end.
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { killGroup, spawnBound, type Program } from './bound-process.ts'

const tailLines = 15

/** A running server. */
export interface ServerProcess {
  readonly name: string
  /** Throws, with the end of the log, once the process has ended. */
  readonly assertRunning: () => void
  /** What to say about a server that does not become ready. */
  readonly logTail: () => string
  /** Kills the process without waiting. */
  readonly kill: () => void
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>
}

/** Starts a server with standard output and error in `logFile`. */
export const startServer = (
  name: string,
  program: Program,
  args: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = process.env,
): ServerProcess => {
  const log = openSync(logFile, 'w')
  const child = spawnBound(program, args, { env, stdio: ['ignore', log, log] })
  closeSync(log)
  let end: string | undefined
  const ended = once(child, 'exit').then(
    ([code, signal]) => (end = `ended with ${signal ?? `exit code ${code}`}`),
    (error: unknown) => (end = `did not start: ${String(error)}`),
  )
  // A test that forgets to stop its control plane ends all the same; the clean-up at its end kills the server.
  child.unref()
  const logTail = (): string =>
    `${logFile}:\n${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n')}`
  return {
    name,
    assertRunning: () => {
      if (end !== undefined) throw new Error(`${name} ${end}; the end of ${logTail()}`)
    },
    logTail,
    kill: () => {
      child.ref()
      killGroup(child)
    },
    ended,
  }
}
