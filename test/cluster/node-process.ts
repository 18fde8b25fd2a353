// Other Node processes that run a piece of this folder's code, to be killed by tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How a process ended: one of the two is null. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A Node process whose standard output is read line by line. */
export interface NodeProcess {
  /** The next line of standard output; an Error if the process ends without one. */
  readonly nextLine: () => Promise<string>
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>
  /** Ends it by a signal and resolves to what it ended with. */
  readonly kill: (signal: NodeJS.Signals) => Promise<Ending>
}

/** Runs ES module code, whose imports are relative to this folder. */
export const runNode = (source: string, env: NodeJS.ProcessEnv = process.env): NodeProcess => {
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const args = ['--input-type=module-typescript', '--eval', source]
  // A test runner's child reports to the runner instead of to us.
  const { NODE_TEST_CONTEXT: _, ...environment } = env
  const child = spawn(process.execPath, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    ended,
    nextLine: async () => {
      const { done, value } = await lines.next()
      if (done === true) throw new Error('the process ended without another line')
      return value
    },
    kill: async signal => {
      child.kill(signal)
      return await ended
    },
  }
}
