// Runs a program that knows nothing of lifelines (bound-process.ts): node guard.ts PROGRAM ARGUMENTS…
// It shares its process group with the program, and the group ends as a whole when the lifeline closes.
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

const [program = '', ...args] = process.argv.slice(2)
const { KAITO_NATIVE_LIFELINE_FD: descriptor, ...env } = process.env
const lifeline = new Socket({ fd: Number(descriptor) })
const endGroup = (): void => {
  process.kill(-process.pid, 'SIGKILL')
}
lifeline.on('error', endGroup).on('close', endGroup).resume()

const child = spawn(program, args, { env, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.on('error', error => {
  console.error(error.message)
  process.exit(127)
})
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
