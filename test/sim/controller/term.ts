// Simulator: one life's time as a candidate and leader: the lease, production's rounds, and their pace.
import type { ClusterCache } from '../../../src/controller/cluster-cache.ts'
import type { ControllerDependencies } from '../../../src/controller/controller.ts'
import type { Rounds } from '../../../src/controller/rounds.ts'
import type { Observation } from '../../../src/core/claim/observation.ts'
import type { Clock, EventRecorder } from '../../../src/core/ports.ts'
import { createClusterClient } from '../../../src/kube/cluster-client.ts'
import { FAILURES } from '../../../src/kube/failures.ts'
import { createSimClient, type View } from './client.ts'
import type { Host, ProcessParts } from './parts.ts'
import type { Stream } from './streams.ts'

const RENEW_MS = 2000
/** A leader gives up well before the others may take the Lease: LEADER_TIMES in src/kube/leader.ts. */
const RENEW_DEADLINE_MS = 10_000
const GATHER_MS = 20
const RESYNC_MS = 30_000

/** Runs in the process after some time. */
export type After = (ms: number, run: () => void) => void

export interface Term {
  wake(): void
  begin(filled: ClusterCache, opened: readonly Stream[]): void
  /** Undefined: somebody else leads. */
  leadsSinceMs(): number | undefined
}

/** Stands for election from `begin` on. */
export function createTerm(
  parts: ProcessParts,
  host: Host,
  name: string,
  after: After,
  enter: (run: () => void) => void,
): Term {
  const { api, code, lease, provisioner } = parts
  const { world } = api
  let cache: ClusterCache | undefined
  let streams: readonly Stream[] = []
  let rounds: Rounds | undefined
  let ledSinceMs: number | undefined
  let validUntilMs = 0
  let isComing = false
  let turns = 0
  let view: View = { allMs: world.now(), claimsMs: world.now(), ledSinceMs: world.now() }
  const clock = code.createServerClock({
    local: { now: () => world.now() + host.skewMs() },
    elapsedMs: () => world.now(),
  })
  const hear = (): void => clock.heard(new Date(world.now()).toUTCString())
  const wake = (): void => {
    if (isComing || rounds === undefined) return
    isComing = true
    after(GATHER_MS, () => {
      isComing = false
      round()
    })
  }
  const round = (): void => {
    if (rounds === undefined) return
    turns += 1
    if (world.now() >= validUntilMs) return
    view = { ...viewOf(streams), ledSinceMs: ledSinceMs ?? world.now() }
    const mine = turns
    const requeueAfterMs = run(rounds)
    after(Math.min(RESYNC_MS, requeueAfterMs ?? RESYNC_MS), () => {
      if (turns === mine) wake()
    })
  }
  const run = (active: Rounds): number | undefined => {
    try {
      world.settle()
      return active.run(provisioner)
    } catch (error) {
      parts.onBug(error instanceof Error ? (error.stack ?? error.message) : String(error))
      return undefined
    }
  }
  const renew = (): void => {
    const mayLead = rounds !== undefined || streams.every(stream => stream.isSynced())
    const leads = mayLead && lease.tryAcquire(name)
    // The Lease is read and renewed by requests, too.
    hear()
    if (leads) validUntilMs = world.now() + RENEW_DEADLINE_MS
    if (leads && rounds === undefined) lead()
    else if (!leads && rounds !== undefined) resign()
    after(RENEW_MS, renew)
  }
  const lead = (): void => {
    if (cache === undefined) return
    world.tell(name, () => 'leads')
    ledSinceMs = world.now()
    const dependencies = dependenciesOf(parts, host, name, { view: () => view, clock, hear, enter })
    const watched = observedCache(cache, observation => parts.onRound(observation, view))
    rounds = code.createRounds(dependencies, watched, wake, () => world.now() < validUntilMs)
    wake()
  }
  const resign = (): void => {
    world.tell(name, () => 'leads no more')
    ledSinceMs = undefined
    void rounds?.stop()
    rounds = undefined
    world.settle()
  }
  return {
    wake,
    leadsSinceMs: () => ledSinceMs,
    begin(filled: ClusterCache, opened: readonly Stream[]) {
      cache = filled
      streams = opened
      after(RENEW_MS / 4, renew)
    },
  }
}

function observedCache(cache: ClusterCache, onObserve: (observation: Observation) => void): ClusterCache {
  return {
    ...cache,
    observe(provisioner) {
      const observation = cache.observe(provisioner)
      onObserve(observation)
      return observation
    },
  }
}

function viewOf(streams: readonly Stream[]): Omit<View, 'ledSinceMs'> {
  const claims = streams.filter(({ resource }) => resource === 'nodeclaims')
  return {
    allMs: Math.min(...streams.map(stream => stream.knownUntilMs())),
    claimsMs: Math.min(...claims.map(stream => stream.knownUntilMs())),
  }
}

interface Surroundings {
  readonly view: () => View
  readonly clock: Clock
  /** An answer has come, with its date. */
  readonly hear: () => void
  readonly enter: (run: () => void) => void
}

function dependenciesOf(
  parts: ProcessParts,
  host: Host,
  name: string,
  { view, clock, hear, enter }: Surroundings,
): ControllerDependencies {
  const { api, settings } = parts
  const { world } = api
  const random = world.random(`calls of ${parts.name}`)
  const client = createSimClient({
    ...parts,
    name,
    random,
    view,
    enter(run) {
      enter(() => {
        hear()
        run()
      })
    },
    crash: () => host.crash(),
    fallSilent: ms => host.fallSilent(ms),
  })
  const events: EventRecorder = {
    record: ({ object, reason, message }) => {
      world.tell(name, () => `Event ${reason} on ${object.kind} ${object.name}: ${message}`)
      parts.onEvent({ processName: name, reason, message, uid: object.uid, atMs: world.now() })
    },
  }
  return {
    client: createClusterClient(client),
    clock,
    events,
    failures: FAILURES,
    settings,
    observer: {
      planned: () => undefined,
      leading: () => undefined,
      executed({ type, subject, failure }) {
        if (failure?.kind === 'bug') parts.onBug(`${type} ${subject}: ${failure.message}`)
      },
    },
    // No workload of a scenario tunes.
    parseYaml: () => ({ problem: 'nobody asks' }),
    watch: unused,
    lead: unused,
    discoverProvisioner: unused,
    discoveryTicks: unused,
    onSynced: unused,
  }
}

function unused(): never {
  throw new Error('the simulator drives rounds directly')
}
