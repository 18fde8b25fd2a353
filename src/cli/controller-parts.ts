// Pipeline: cli. The controller's ports on the real cluster: watches, leader election, Events, metrics, the provisioner and
// the catalogue, put together in the thread in which it runs.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setInterval } from 'node:timers/promises'
import type { ServeConfig } from '../config.ts'
import type { Feed } from '../controller/cluster-cache.ts'
import type { ControllerDependencies } from '../controller/controller.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { nodeSuits } from '../core/claim/node-suits.ts'
import { findInstanceType } from '../core/sizing/instance-types.ts'
import type { Clock, EventRecorder } from '../core/ports.ts'
import type { KubeClient } from '../kube/client.ts'
import { createClusterClient } from '../kube/cluster-client.ts'
import { discoverProvisioning } from '../kube/discovery.ts'
import type { EventObserver } from '../kube/event-recorder.ts'
import { FAILURES } from '../kube/failures.ts'
import { leaderTimes, runAsLeader, type LeaderObserver } from '../kube/leader.ts'
import { discoverProvisioner } from '../kube/provisioner.ts'
import { LEASE_NAME } from '../kube/rbac.ts'
import { watchResource, type Watch, type WatchObserver } from '../kube/watch.ts'
import type { ControllerMetrics } from '../ops/controller-metrics.ts'
import type { Log } from '../ops/log.ts'
import { messageOf } from './message-of.ts'
import { parseSettings } from './parse-yaml.ts'

/** A provisioner or a node class that was installed is found after this; cheap lists, a handful. */
const DISCOVERY_EVERY_MS = 15_000

/** What the controller's thread has made before. */
export interface ControllerShell {
  readonly config: ServeConfig
  readonly client: KubeClient
  /** By which ages are counted: the API server's. */
  readonly clock: Clock
  readonly log: Log
  readonly metrics: ControllerMetrics
  /** As it is now: ConfigMaps extend it. */
  readonly catalogue: () => Catalogue
  /** Looked at together with the provisioner. */
  readonly refreshCatalogue: () => Promise<void>
  readonly events: EventRecorder
  /** Of this replica, and of no other one ever. */
  readonly identity: string
  readonly onSynced: () => void
}

/** Who says what this process says. */
export function replicaIdentity(): string {
  return `${hostname()}_${randomBytes(4).toString('hex')}`
}

/** Told of Events that were not written. */
export function eventObserver({ log, metrics }: Pick<ControllerShell, 'log' | 'metrics'>): EventObserver {
  return {
    onDropped: () => metrics.eventDropped(),
    onFailure({ reason: subject }, error) {
      metrics.eventDropped()
      const reason = messageOf(error)
      log.warn({ event: subject, reason }, 'an Event could not be written')
    },
  }
}

/** Everything that runController needs. */
export function controllerDependencies(shell: ControllerShell): ControllerDependencies {
  const { config, client, clock, metrics, events, identity, onSynced } = shell
  const watches: Watch[] = []
  metrics.stalenessBy(() => stalenessOf(watches))
  return {
    clock,
    client: createClusterClient(client),
    events,
    failures: FAILURES,
    observer: createObserver(shell),
    settings: {
      idleGraceMs: config.idleGraceMs,
      launchBudgetMs: config.launchBudgetMs,
      gpusOfType: name => findInstanceType(name, shell.catalogue())?.gpuCount,
      priceOfType: name => findInstanceType(name, shell.catalogue())?.pricePerHour,
      nodeSuits: (node, placement) => nodeSuits(node, placement, shell.catalogue()),
    },
    parseYaml: parseSettings,
    watch: (feed, signal) => startWatch(feed, signal, shell, watches),
    lead: (work, signal) =>
      runAsLeader(
        {
          client,
          namespace: config.namespace,
          name: LEASE_NAME,
          identity,
          signal,
          times: leaderTimes(config.leaderLeaseDurationMs),
        },
        work,
        leaderObserver(shell),
      ),
    discoverProvisioner: async () => {
      await shell.refreshCatalogue()
      const provisioning = await discoverProvisioning(client)
      return discoverProvisioner(client, { nodeClass: config.nodeClass, provisioning })
    },
    discoveryTicks: signal => setInterval(DISCOVERY_EVERY_MS, undefined, { signal }),
    onSynced,
  }
}

function startWatch(
  feed: Feed,
  signal: AbortSignal,
  shell: ControllerShell,
  watches: Watch[],
): Promise<void> {
  const { target, handler, notServedDelayMs } = feed
  const watch = watchResource(shell.client, target, handler, {
    signal,
    observer: watchObserver(shell),
    ...(notServedDelayMs !== undefined && { notServedDelayMs }),
  })
  watches.push(watch)
  return watch.synced
}

function stalenessOf(watches: readonly Watch[]): Readonly<Record<string, number>> {
  const now = Date.now()
  return Object.fromEntries(
    watches.map(watch => [watch.target.path.resource, (now - watch.lastContactAtMs()) / 1000]),
  )
}

function watchObserver({ log, metrics }: ControllerShell): WatchObserver {
  const restarted = metrics.watchRestarted
  return {
    onList: ({ path }) => restarted(path.resource, 'list'),
    onRestart: ({ path }) => restarted(path.resource, 'restart'),
    onFailure({ path }, error, delayMs) {
      restarted(path.resource, 'failure')
      const reason = messageOf(error)
      log.warn({ resource: path.resource, delayMs, reason }, 'a watch failed; trying again')
    },
    onNotServed: ({ path }) => log.info({ resource: path.resource }, 'the API server does not serve it'),
    onHandlerError: ({ path }, error) =>
      log.error({ resource: path.resource, err: error }, 'a bug: a watch handler threw'),
  }
}

function leaderObserver({ log }: ControllerShell): LeaderObserver {
  return {
    onElected: () => log.info('this replica leads'),
    onLost: reason => log.warn({ reason }, 'this replica leads no more'),
    onReleased: () => log.info('the Lease is given back'),
    onOtherLeader: identity => log.info({ leader: identity }, 'another replica leads'),
    onFailure: error => log.warn({ reason: messageOf(error) }, 'leader election'),
  }
}

function createObserver({ log, metrics }: ControllerShell): ControllerDependencies['observer'] {
  return {
    planned: round => metrics.planned(round),
    executed({ type, subject, failure }) {
      metrics.executed(type, failure?.kind ?? 'done')
      if (failure === undefined) log.info({ action: type, subject }, 'done')
      else if (failure.kind === 'bug') log.error({ action: type, subject, reason: failure.message }, 'a bug')
      else
        log.warn(
          { action: type, subject, kind: failure.kind, reason: failure.message },
          'not done; trying again',
        )
    },
    leading: isLeader => metrics.leading(isLeader),
  }
}
