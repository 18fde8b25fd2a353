// Pipeline: cli. The composition of `serve`: config → adapters → servers and controller → shutdown. Loaded only when it
// runs. What it registers stays registered after it stops: annotated writes are then refused with a message that says so
// (fail-closed), everything else passes.
import { once } from 'node:events'
import type { ServeConfig } from '../config.ts'
import { createKubeClient } from '../kube/client.ts'
import { loadKubeConfig, type KubeEnvironment } from '../kube/kubeconfig.ts'
import { startHealthServer, type HealthServer } from '../ops/health.ts'
import { createLog, type Log } from '../ops/log.ts'
import { createMetrics } from '../ops/metrics.ts'
import { createReadiness } from '../ops/readiness.ts'
import { startAdmission, type AdmissionDependencies } from './serve-admission.ts'
import { CONTROLLER_PART, startController, type Controller } from './serve-controller.ts'
import { explainFailure, isStopping, withKubeconfigErrors } from './serve-failure.ts'
import { ADMISSION_PARTS, type Shell } from './serve-parts.ts'
import { stopOnSignals } from './stop-signal.ts'

export interface ServeDependencies extends AdmissionDependencies {
  /** Ends it; SIGTERM and SIGINT unless given. */
  readonly stop?: AbortSignal
  readonly log?: Log
  /** Where a kubeconfig is looked for when none is named; nowhere unless given. */
  readonly environment?: KubeEnvironment
}

/** Resolves when it was stopped and has drained. Rejects when it cannot start: a CommandError unless it is a bug. */
export async function serve(config: ServeConfig, dependencies: ServeDependencies): Promise<void> {
  const { log = createLog(config.logLevel), stop = stopOnSignals() } = dependencies
  const metrics = createMetrics(dependencies.version)
  // Ready means that admission works; the controller's state counts only where there is no admission.
  const readiness = createReadiness(config.webhook ? ADMISSION_PARTS : CONTROLLER_PART)
  const connection = withKubeconfigErrors(() => loadKubeConfig(config.kubeconfig, dependencies.environment))
  const client = createKubeClient(connection)
  const shell = { log, client, readiness, metrics, stop }
  const controller = config.controller
    ? startController(config, dependencies.environment ?? {}, shell)
    : undefined
  try {
    const health = await startHealth(config, shell, controller)
    await serveUntilStopped(config, dependencies, shell).finally(() => health.close())
  } catch (error) {
    if (!isStopping(error, stop)) throw explainFailure(error)
  } finally {
    await controller?.stop()
    client.close()
  }
  log.info('stopped')
}

async function startHealth(
  config: ServeConfig,
  { log, readiness, metrics }: Shell,
  controller: Controller | undefined,
): Promise<HealthServer> {
  const render = async () => (await metrics.render()) + ((await controller?.renderMetrics()) ?? '')
  const health = await startHealthServer({
    host: config.bindAddress,
    port: config.healthPort,
    notReadyReasons: () => readiness.reasons(),
    metrics: { contentType: metrics.contentType, render },
  })
  log.info({ port: health.port }, 'the health port is listening')
  return health
}

async function serveUntilStopped(
  config: ServeConfig,
  dependencies: ServeDependencies,
  shell: Shell,
): Promise<void> {
  const { log, readiness, stop } = shell
  log.info({ version: dependencies.version }, 'kaito-native is starting')
  const admission = config.webhook ? await startAdmission(config, dependencies, shell) : undefined
  if (!stop.aborted) await once(stop, 'abort')
  readiness.set('stopping', 'this process is shutting down')
  log.info('stopping: draining the webhooks, which stay registered')
  await admission?.stop()
}
