// Pipeline: cli. The admission half of `serve`, in the order in which it must come up: facts, certificates, server,
// registration; then both ends are looked at again at an interval.
import { setInterval } from 'node:timers/promises'
import { createCertificateHolder, type CertificateHolder } from '../../certs/holder.ts'
import { certificateNames } from '../../certs/names.ts'
import { REGISTRATION_NAME } from '../../webhooks/configuration.ts'
import type { AdmissionObserver } from '../../webhooks/handler.ts'
import { PROBE_WORKLOAD, selfCheck } from '../../webhooks/self-check.ts'
import { startWebhookServer, type WebhookServer } from '../../webhooks/server.ts'
import type { ServeConfig } from '../config.ts'
import type { AdmissionContext, ClusterFacts } from '../core/admit/context.ts'
import type { AdmissionInput, Decision } from '../core/api/decision.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { ensureAdmissionIsCalled } from '../kube/admission-probe.ts'
import { listCatalogueTexts } from '../kube/catalogue-texts.ts'
import { discoverFacts } from '../kube/discovery.ts'
import { ensureWebhooks } from '../kube/registration.ts'
import { createCoreMeans } from './core-means.ts'
import { messageOf } from './message-of.ts'
import { createCatalogueHolder } from './serve-catalogue.ts'
import { ensureCertificates } from './serve-certificates.ts'
import { createFactsHolder } from './serve-facts.ts'
import { watchNodeShapes, type NodeShapes } from './serve-nodes.ts'
import { watchPolicies, type PolicyWatch } from './serve-policies.ts'
import { untilDone, untilStopped, type Shell } from './serve-parts.ts'
import { registrationObjects, webhookUrlText } from './serve-registration.ts'

type Decide = (input: AdmissionInput, context: AdmissionContext) => Decision

export interface AdmissionDependencies {
  readonly version: string
  readonly decideMutation: Decide
  readonly decideValidation: Decide
  /** The packaged catalogue; ConfigMaps extend it at run time. */
  readonly catalogue: Catalogue
  /** When facts and registration are looked at again; every 15 s unless given. */
  readonly refreshTicks?: (signal: AbortSignal) => AsyncIterable<unknown>
}

export interface Admission {
  /** Drains and closes. */
  stop(): Promise<void>
}

const REFRESH_EVERY_MS = 15_000
/**
 * By Service: the time that endpoint changes need to reach every API server, within the 30 s that a pod gets.
 * By URL: nobody takes us off a list, so waiting would help nobody.
 */
const DRAIN_BY_SERVICE = { quietMs: 5_000, limitMs: 25_000 }
const DRAIN_BY_URL = { quietMs: 0, limitMs: 25_000 }
const AT_ONCE = { quietMs: 0, limitMs: 0 }

/** Resolves when the webhooks are served and registered. */
export async function startAdmission(
  config: ServeConfig,
  dependencies: AdmissionDependencies,
  shell: Shell,
): Promise<Admission> {
  const { client } = shell
  const facts = createFactsHolder(
    await untilDone(shell, 'facts', () => discoverFacts(client, config.namespace, config.cloud)),
    shell.log,
  )
  const certificate = createCertificateHolder(
    await untilDone(shell, 'certificates', () => ensureCertificates(config, shell)),
  )
  const catalogue = createCatalogueHolder(dependencies.catalogue, shell.log)
  catalogue.replace(await untilDone(shell, 'catalogue', () => listCatalogueTexts(client, config.namespace)))
  const nodes = watchNodeShapes(shell)
  const policies = watchPolicies(shell, () => catalogue.current())
  await untilStopped(Promise.all([nodes.synced, policies.synced]), shell.stop)
  const context = createContext(
    () => catalogue.current(),
    () => facts.current(),
    nodes,
    policies,
  )
  const server = await listen(config, dependencies, shell, context, certificate, policies)
  const register = () =>
    ensureWebhooks(client, registrationObjects(config, server.port, certificate.current()))
  await registerFirst(config, shell, server, async () => {
    const unserved = await register()
    // By Service the API server finds us only once we are ready; by URL it can be asked before.
    const [preset] = catalogue.current().presets
    if (config.webhookUrl !== undefined && preset !== undefined) {
      await ensureAdmissionIsCalled(client, { name: PROBE_WORKLOAD, preset: preset.name })
    }
    return unserved
  })
  void refresh(dependencies, shell, async () => {
    facts.replace(await discoverFacts(client, config.namespace, config.cloud))
    catalogue.replace(await listCatalogueTexts(client, config.namespace))
    const bundle = await ensureCertificates(config, shell, certificate.current())
    if (bundle.certificate !== certificate.current().certificate) certificate.replace(bundle)
    await register()
  })
  return { stop: () => server.stop(config.webhookUrl === undefined ? DRAIN_BY_SERVICE : DRAIN_BY_URL) }
}

/** The same object as long as nothing has changed: what was decided for it may be remembered by it. */
function createContext(
  catalogue: () => Catalogue,
  facts: () => ClusterFacts,
  nodes: NodeShapes,
  policies: PolicyWatch,
): () => AdmissionContext {
  const means = { ...createCoreMeans(), policy: policies.facts }
  let last: { readonly base: ClusterFacts; readonly context: AdmissionContext } | undefined
  return () => {
    const current = { catalogue: catalogue(), base: facts(), gpuNodes: nodes.current(catalogue()) }
    const isSame =
      last?.base === current.base &&
      last.context.catalogue === current.catalogue &&
      last.context.facts.gpuNodes === current.gpuNodes
    if (last !== undefined && isSame) return last.context
    const { catalogue: known, base, gpuNodes } = current
    const context = { catalogue: known, facts: { ...base, gpuNodes }, ...means }
    last = { base, context }
    return context
  }
}

async function listen(
  config: ServeConfig,
  dependencies: AdmissionDependencies,
  shell: Shell,
  context: () => AdmissionContext,
  certificate: CertificateHolder,
  policies: PolicyWatch,
): Promise<WebhookServer> {
  const { decideMutation, decideValidation, version } = dependencies
  const server = await startWebhookServer({
    host: config.bindAddress,
    port: config.webhookPort,
    certificate,
    mutate: input => decideMutation(input, context()),
    validate: input => decideValidation(input, context()),
    untilDecidable: ({ namespace }) => policies.untilKnown(namespace),
    observer: createObserver(shell),
    version,
  })
  const service = { name: REGISTRATION_NAME, namespace: config.namespace }
  const [serverName = ''] = certificateNames(service).dns
  shell.readiness.checkBy(() => {
    const { caCertificate } = certificate.current()
    return selfCheck({ host: server.selfAddress, port: server.port, serverName, caCertificate })
  })
  shell.readiness.set('server', undefined)
  return server
}

function createObserver({ log, metrics }: Shell): AdmissionObserver {
  return {
    answered: answer => metrics.admissionAnswered(answer),
    failed: ({ webhook, uid, error }) => log.error({ webhook, uid, err: error }, 'a bug: the decision threw'),
  }
}

/** A server that could not be registered is of no use to anybody. */
async function registerFirst(
  config: ServeConfig,
  shell: Shell,
  server: WebhookServer,
  register: () => Promise<readonly string[]>,
): Promise<void> {
  try {
    const unserved = await untilDone(shell, 'registration', register)
    if (unserved.length > 0)
      shell.log.warn({ kinds: unserved }, 'this API server does not know part of the registration')
    shell.log.info(
      { port: server.port, url: webhookUrlText(config, server.port) },
      'the webhooks are registered',
    )
  } catch (error) {
    await server.stop(AT_ONCE)
    throw error
  }
}

/** Level-triggered: what somebody deleted or changed comes back, a provisioner that was installed is found. */
async function refresh(
  { refreshTicks = atIntervals }: AdmissionDependencies,
  shell: Shell,
  task: () => Promise<void>,
): Promise<void> {
  const { log, stop } = shell
  try {
    for await (const _ of refreshTicks(stop)) {
      await task().catch((error: unknown) => {
        const reason = messageOf(error)
        log.warn({ reason }, 'could not look at facts and registration again; going on with what is known')
      })
    }
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

function atIntervals(signal: AbortSignal): AsyncIterable<unknown> {
  return setInterval(REFRESH_EVERY_MS, undefined, { signal })
}
