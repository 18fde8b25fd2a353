// Shell: controller ("mutating scheduler"). Watches fill the caches in every replica; the leader alone goes round: observe →
// plan → execute, level-triggered. Everything between observe and execute is pure (src/core/claim).
import { once } from 'node:events'
import type { ParseYaml } from '../core/api/yaml.ts'
import type { Provisioner } from '../core/claim/observation.ts'
import type { Clock, ClusterClient, ControllerObserver, EventRecorder, Failures } from '../core/ports.ts'
import type { Settings } from '../core/claim/plan.ts'
import { createClusterCache, type ClusterCache, type Feed } from './cluster-cache.ts'
import { createPacer, type Pacer } from './pacer.ts'
import { claimsPath } from './resources.ts'
import { createRounds } from './rounds.ts'

/** Everything from outside; src/cli/controller-parts.ts puts it together. */
export interface ControllerDependencies {
  readonly clock: Clock
  readonly client: ClusterClient
  readonly events: EventRecorder
  readonly failures: Failures
  readonly observer: ControllerObserver
  readonly settings: Settings
  /** Of files that users give to a trainer. */
  readonly parseYaml: ParseYaml
  /** Watches until the signal; resolves when the first list is in. */
  readonly watch: (feed: Feed, signal: AbortSignal) => Promise<void>
  /** Stands for election until the signal; `work` runs while we lead, until its signal. */
  readonly lead: (work: Work, signal: AbortSignal) => Promise<void>
  /** Which provisioner is there now; undefined: none. Rejects where that cannot be told. */
  readonly discoverProvisioner: () => Promise<Provisioner | undefined>
  /** When the provisioner is looked for again. */
  readonly discoveryTicks: (signal: AbortSignal) => AsyncIterable<unknown>
  /** Told when the caches are filled: from then on this replica can lead. */
  readonly onSynced: () => void
}

/** One term; after `isCurrent` is false nothing more may be written, even where the signal has not heard of it yet. */
export type Work = (signal: AbortSignal, isCurrent: () => boolean) => Promise<void>

/** Runs until the signal. Rejects only with a bug. */
export async function runController(
  dependencies: ControllerDependencies,
  signal: AbortSignal,
): Promise<void> {
  const pacer = createPacer()
  const cache = createClusterCache(pacer.wake)
  const provisioner = createProvisionerHolder(dependencies, cache, pacer, signal)
  const filled = Promise.all([
    provisioner.refresh(),
    ...cache.feeds.map(feed => dependencies.watch(feed, signal)),
  ])
  // A watch that is ended before its first list never fills its cache.
  await Promise.race([filled, untilAborted(signal)])
  if (signal.aborted) return
  dependencies.onSynced()
  void provisioner.keepFresh()
  await dependencies.lead(
    (term, isCurrent) => leadRounds(dependencies, { cache, pacer, provisioner }, term, isCurrent),
    signal,
  )
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

interface Parts {
  readonly cache: ClusterCache
  readonly pacer: Pacer
  readonly provisioner: { readonly current: () => Provisioner | undefined }
}

async function leadRounds(
  dependencies: ControllerDependencies,
  { cache, pacer, provisioner }: Parts,
  signal: AbortSignal,
  isCurrent: () => boolean,
): Promise<void> {
  const { clock, observer } = dependencies
  const rounds = createRounds(dependencies, cache, pacer.wake, isCurrent)
  observer.leading(true)
  try {
    while (!signal.aborted) {
      const begunMs = clock.now()
      const requeueAfterMs = isCurrent() ? rounds.run(provisioner.current()) : undefined
      await pacer.next({ lastedMs: clock.now() - begunMs, requeueAfterMs }, signal)
    }
  } finally {
    observer.leading(false)
    await rounds.stop()
  }
}

/** Which provisioner is in use; its claims are watched from the moment it is found. */
function createProvisionerHolder(
  { discoverProvisioner, discoveryTicks, watch }: ControllerDependencies,
  cache: ClusterCache,
  pacer: Pacer,
  signal: AbortSignal,
) {
  let provisioner: Provisioner | undefined
  const watched = new Set<string>()
  const refresh = async (): Promise<void> => {
    const found = await discoverProvisioner().catch(() => provisioner)
    if (found !== undefined) await watchClaims(found)
    const changed = JSON.stringify(found) !== JSON.stringify(provisioner)
    provisioner = found
    if (changed) pacer.wake()
  }
  const watchClaims = async ({ backend }: Provisioner): Promise<void> => {
    const path = claimsPath(backend)
    const name = `${path.base}/${path.resource}`
    if (watched.has(name)) return
    watched.add(name)
    await Promise.all(cache.claimFeeds(path, backend.kind).map(feed => watch(feed, signal)))
  }
  return {
    current: () => provisioner,
    refresh,
    async keepFresh(): Promise<void> {
      try {
        for await (const _ of discoveryTicks(signal)) await refresh()
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
