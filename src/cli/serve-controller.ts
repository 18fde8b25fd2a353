// Pipeline: cli. The controller half of `serve`: a thread of its own, started again should a bug end it. Admission goes on
// whatever happens to it.
import { setTimeout as sleepFor } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ServeConfig } from '../config.ts'
import type { KubeEnvironment } from '../kube/kubeconfig.ts'
import type { ControllerMessage, ControllerOrder, ControllerThreadData } from './controller-messages.ts'
import type { Shell } from './serve-parts.ts'

/** For /readyz: why the controller is not ready at first. */
export const CONTROLLER_PART = { controller: 'the caches of the controller are not filled' } as const

/** The running thread. */
export interface Controller {
  /** Its metrics; empty where it does not answer in time. */
  renderMetrics(): Promise<string>
  /** Gives the lead back, and ends. */
  stop(): Promise<void>
}

const RESTART_AFTER_MS = 1_000
/** Prometheus waits for 10 s unless told otherwise. */
const METRICS_WITHIN_MS = 2_000

/** Starts it; its own readiness counts only where there is no admission to be ready for. */
export function startController(
  config: ServeConfig,
  environment: KubeEnvironment,
  shell: Pick<Shell, 'log' | 'readiness'>,
): Controller {
  const ended = new AbortController()
  let worker = startThread(config, environment, shell)
  const supervise = async (): Promise<void> => {
    for (;;) {
      await untilExited(worker)
      if (ended.signal.aborted) return
      await sleepFor(RESTART_AFTER_MS)
      if (ended.signal.aborted) return
      worker = startThread(config, environment, shell)
    }
  }
  const supervised = supervise()
  return {
    renderMetrics: () => askForMetrics(worker),
    async stop() {
      ended.abort()
      order(worker, { type: 'stop' })
      await supervised
    },
  }
}

/** `once` of node:events would reject with the thread's error, and end the process with it. */
function untilExited(worker: Worker): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  worker.once('exit', () => resolve())
  return promise
}

function startThread(
  config: ServeConfig,
  environment: KubeEnvironment,
  { log, readiness }: Pick<Shell, 'log' | 'readiness'>,
): Worker {
  const data: ControllerThreadData = { config, environment: { ...environment } }
  const worker = new Worker(threadFile(), { workerData: data })
  worker.on('message', (message: ControllerMessage) => {
    if (message.type !== 'synced') return
    readiness.set('controller', undefined)
    log.info('the controller has filled its caches')
  })
  worker.on('error', error =>
    log.error({ err: error }, 'the controller ended with an error; starting it again'),
  )
  return worker
}

/** Beside this file, in source and when built. */
function threadFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return new URL(`./controller-thread${extension}`, import.meta.url)
}

let lastId = 0

async function askForMetrics(worker: Worker): Promise<string> {
  const id = ++lastId
  const signal = AbortSignal.timeout(METRICS_WITHIN_MS)
  const { promise, resolve } = Promise.withResolvers<string>()
  const listen = (message: ControllerMessage): void => {
    if (message.type === 'metrics' && message.id === id) resolve(message.text)
  }
  signal.addEventListener('abort', () => resolve(''))
  worker.on('message', listen)
  order(worker, { type: 'render-metrics', id })
  return promise.finally(() => worker.off('message', listen))
}

function order(worker: Worker, message: ControllerOrder): void {
  worker.postMessage(message)
}
