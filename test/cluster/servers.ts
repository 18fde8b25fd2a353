// The server processes of one control plane: started in order, watched until they are ready, ended together.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient } from './api-client.ts'
import type { Programs } from './build.ts'
import { removeDataFolder, type Keep } from './data-folder.ts'
import { etcdUrl, serverArguments, type ServerName, type ServerSettings } from './flags.ts'
import { poll } from './poll.ts'
import { onProcessEnd } from './process-end.ts'
import { startServer, type ServerProcess } from './server-process.ts'

const startTimeoutMs = 60_000

/** The servers of one control plane, and the data folder that ends with them. */
export interface Servers {
  readonly start: (name: ServerName) => void
  /** Resolves when `check` says so; an Error with the end of the log if a server ends first or time is up. */
  readonly untilReady: (name: ServerName, check: () => Promise<boolean>) => Promise<void>
  /** Ends the servers and removes the data folder but for what is to be kept. Harmless when repeated. */
  readonly stop: (keep: Keep) => Promise<void>
}

/** No server yet. Whatever is started dies with this process. */
export const createServers = async (
  programs: Programs,
  settings: ServerSettings,
  logFolder: string,
): Promise<Servers> => {
  await mkdir(logFolder, { recursive: true })
  const running = new Map<ServerName, ServerProcess>()
  // There is nothing to save in the data folder, so nothing is gained by an orderly end, which takes seconds.
  const kill = (): void => running.forEach(server => server.kill())
  const forget = onProcessEnd(failed => {
    kill()
    discard(settings.folder, logFolder, failed ? 'logs' : 'nothing')
  })
  return {
    start: name => {
      const args = serverArguments[name](settings)
      running.set(name, startServer(name, programs(name), args, join(logFolder, `${name}.log`)))
    },
    untilReady: async (name, check) => {
      const ready = async (): Promise<true | undefined> => {
        running.forEach(server => server.assertRunning())
        return (await check()) ? true : undefined
      }
      const whatFailed = (): string => `${name} is not ready; the end of ${running.get(name)?.logTail()}`
      await poll(whatFailed, startTimeoutMs, ready)
    },
    stop: async keep => {
      kill()
      await Promise.all([...running.values()].map(server => server.ended))
      forget()
      discard(settings.folder, logFolder, keep)
    },
  }
}

const discard = (folder: string, logFolder: string, keep: Keep): void => {
  const logsAreElsewhere = !logFolder.startsWith(folder)
  removeDataFolder(folder, keep === 'logs' && logsAreElsewhere ? 'nothing' : keep)
  if (keep !== 'nothing')
    console.error(`the control plane's ${keep === 'logs' ? `logs: ${logFolder}` : `folder: ${folder}`}`)
}

/** etcd answers its health check. */
export const isEtcdHealthy = async (settings: ServerSettings): Promise<boolean> => {
  try {
    return (await fetch(`${etcdUrl(settings)}/health`)).ok
  } catch {
    return false
  }
}

/** The API server answers a GET of this path with success. */
export const answers = async (client: ApiClient, path: string): Promise<boolean> => {
  try {
    return (await client.request('GET', path)).status === 200
  } catch {
    return false
  }
}
