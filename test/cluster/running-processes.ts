// Looks at the system's processes, for tests that nothing is left behind.
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Command lines of running processes that contain `text`, without the process that asks. */
export const processesMentioning = async (text: string): Promise<readonly string[]> => {
  const lines = process.platform === 'linux' ? await fromProc() : await fromPs()
  return lines.filter(line => line.includes(text) && !line.startsWith(`${process.pid} `))
}

// Small images have no ps.
const fromProc = async (): Promise<readonly string[]> => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  return await Promise.all(
    pids.map(async pid => {
      // A process may end between the two reads, and a zombie has no command line.
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return `${pid} ${commandLine.replaceAll('\0', ' ')}`
    }),
  )
}

const fromPs = async (): Promise<readonly string[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,args='])
  return stdout.split('\n').map(line => line.trim())
}
