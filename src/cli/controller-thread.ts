// Pipeline: cli. The thread of the controller: its planning and its caches never hold up the thread that answers the API
// server's reviews. Talks to serve-controller.ts by messages; ends with the signal that comes as one.
import { parentPort, workerData } from 'node:worker_threads'
import { runController } from '../controller/controller.ts'
import { createKubeClient } from '../kube/client.ts'
import { listCatalogueTexts } from '../kube/catalogue-texts.ts'
import { createEventRecorder } from '../kube/event-recorder.ts'
import { loadKubeConfig } from '../kube/kubeconfig.ts'
import { createServerClock } from '../kube/server-clock.ts'
import { createControllerMetrics } from '../ops/controller-metrics.ts'
import { createLog } from '../ops/log.ts'
import { openCatalogue } from './catalogue.ts'
import type { ControllerMessage, ControllerOrder, ControllerThreadData } from './controller-messages.ts'
import { controllerDependencies, eventObserver, replicaIdentity } from './controller-parts.ts'
import { createCatalogueHolder } from './serve-catalogue.ts'

const { config, environment } = workerData as ControllerThreadData
const log = createLog(config.logLevel)
const metrics = createControllerMetrics()
const stop = new AbortController()

parentPort?.on('message', (order: ControllerOrder) => {
  if (order.type === 'stop') stop.abort()
  else void metrics.render().then(text => say({ type: 'metrics', id: order.id, text }))
})

function say(message: ControllerMessage): void {
  parentPort?.postMessage(message)
}

const clock = createServerClock()
const client = createKubeClient(loadKubeConfig(config.kubeconfig, environment), date => clock.heard(date))
const identity = replicaIdentity()
const events = createEventRecorder(client, {
  component: 'kaito-native',
  instance: identity,
  observer: eventObserver({ log, metrics }),
})
const catalogue = createCatalogueHolder(await openCatalogue(undefined), log)
try {
  await runController(
    controllerDependencies({
      config,
      client,
      clock,
      log,
      metrics,
      events,
      identity,
      catalogue: () => catalogue.current(),
      refreshCatalogue: async () => catalogue.replace(await listCatalogueTexts(client, config.namespace)),
      onSynced: () => say({ type: 'synced' }),
    }),
    stop.signal,
  )
} finally {
  await events.close()
  client.close()
  parentPort?.close()
}
