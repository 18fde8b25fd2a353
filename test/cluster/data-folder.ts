// The data folder of one control plane, in the system's folder for temporary files. It says who owns it, so that a later
// start can remove what a process that was killed with SIGKILL left behind.
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'kaito-native-cluster-'
// Long enough to look at the logs of what crashed.
const keepAbandonedMs = 60 * 60 * 1000

/** What stays of a data folder when its control plane ends. */
export type Keep = 'nothing' | 'logs' | 'everything'

/** A new data folder with the sub-folders `pki`, `home` and `logs`. */
export const createDataFolder = async (): Promise<string> => {
  await removeAbandonedFolders(tmpdir(), Date.now() - keepAbandonedMs)
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await writeFile(join(folder, 'owner'), owner(process.pid))
  await Promise.all(['pki', 'home', 'logs'].map(name => mkdir(join(folder, name))))
  return folder
}

/** Removes a data folder, or all of it but what is to be kept. */
export const removeDataFolder = (folder: string, keep: Keep): void => {
  // A folder without an owner is never taken for an abandoned one.
  const remove = { nothing: ['.'], logs: ['owner', 'etcd', 'pki', 'home'], everything: ['owner'] }[keep]
  for (const name of remove)
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
}

/** Removes data folders whose owner, a process of this host, is gone, and which are older than the given time. */
export const removeAbandonedFolders = async (parent: string, beforeMs: number): Promise<void> => {
  const names = (await readdir(parent)).filter(name => name.startsWith(prefix))
  await Promise.all(
    names.map(async name => {
      const folder = join(parent, name)
      if (await isAbandoned(folder, beforeMs)) await rm(folder, { recursive: true, force: true })
    }),
  )
}

const owner = (pid: number): string => `${pid} ${hostname()}`

const isAbandoned = async (folder: string, beforeMs: number): Promise<boolean> => {
  try {
    const file = join(folder, 'owner')
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
    const pid = Number.parseInt(text, 10)
    return mtimeMs < beforeMs && text === owner(pid) && !isAlive(pid)
  } catch {
    // Kept on purpose, being created or removed right now, or another user's.
    return false
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
