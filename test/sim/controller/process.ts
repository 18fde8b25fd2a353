// Simulator: one controller process. Production's caches, planner, queue and executor over simulated watches and a simulated
// client; it can crash at any call, freeze, and have a clock of its own.
import type { ClusterCache } from '../../../src/controller/cluster-cache.ts'
import type { ControllerDependencies } from '../../../src/controller/controller.ts'
import type { Rounds } from '../../../src/controller/rounds.ts'
import { claimsPath } from '../../../src/controller/resources.ts'
import type { Provisioner } from '../../../src/core/claim/observation.ts'
import type { Settings } from '../../../src/core/claim/plan.ts'
import type { EventRecorder } from '../../../src/core/ports.ts'
import { createClusterClient } from '../../../src/kube/cluster-client.ts'
import { FAILURES } from '../../../src/kube/failures.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { HttpAnswer } from '../api/http.ts'
import { createSimClient, type Call, type View } from './client.ts'
import type { Faults } from './faults.ts'
import type { Lease } from './lease.ts'
import { openStream, type Stream } from './streams.ts'

/** The production code under test; mutations come in here. */
export interface ControllerCode {
  readonly createClusterCache: (onChange: () => void) => ClusterCache
  readonly createRounds: (
    dependencies: ControllerDependencies,
    cache: ClusterCache,
    wake: () => void,
    isCurrent: () => boolean,
  ) => Rounds
}

export interface Recorded {
  readonly processName: string
  readonly reason: string
  readonly message: string
  readonly uid: string
  readonly atMs: number
}

export interface ProcessParts {
  readonly api: ApiServer
  readonly name: string
  readonly code: ControllerCode
  readonly settings: Settings
  readonly provisioner: Provisioner
  readonly lease: Lease
  readonly faults: () => Faults
  readonly claimsRefused: () => string | undefined
  readonly onCall: (call: Call, answer: HttpAnswer | undefined) => void
  readonly onEvent: (event: Recorded) => void
  readonly onBug: (message: string) => void
}

export interface ControllerProcess {
  readonly name: string
  crash(): void
  freeze(durationMs: number): void
  jumpClock(ms: number): void
  /** Its clock is right again. */
  healClock(): void
  isLeading(): boolean
  /** It leads, is awake, and has led since then without a break. */
  leadsSinceMs(): number | undefined
}

const RENEW_MS = 2000
/** A leader gives up well before the others may take the Lease: LEADER_TIMES in src/kube/leader.ts. */
const RENEW_DEADLINE_MS = 10_000
const GATHER_MS = 20
const RESYNC_MS = 30_000

/** Starts at once, and again some seconds after each crash. */
export function startProcess(parts: ProcessParts): ControllerProcess {
  const { world } = parts.api
  const random = world.random(`process ${parts.name}`)
  let life: Life | undefined
  let skewMs = 0
  let lives = 0
  let frozenUntilMs = 0
  let silentUntilMs = 0
  const host: Host = {
    skewMs: () => skewMs,
    frozenUntilMs: () => frozenUntilMs,
    silentUntilMs: () => silentUntilMs,
    fallSilent: ms => void (silentUntilMs = world.now() + ms),
    crash: () => self.crash(),
  }
  const start = (): void => {
    lives += 1
    life = live(parts, host, `${parts.name}#${lives}`)
  }
  const self: ControllerProcess = {
    name: parts.name,
    crash() {
      if (life === undefined) return
      life.end()
      life = undefined
      world.after(random.between(500, 20_000), start)
    },
    freeze(durationMs) {
      world.tell(parts.name, () => `is frozen for ${durationMs} ms`)
      frozenUntilMs = Math.max(frozenUntilMs, world.now() + durationMs)
    },
    jumpClock(ms) {
      world.tell(parts.name, () => `its clock jumps by ${ms} ms`)
      skewMs += ms
    },
    healClock: () => void (skewMs = 0),
    isLeading: () => life?.leadsSinceMs() !== undefined,
    leadsSinceMs: () => (frozenUntilMs > world.now() ? undefined : life?.leadsSinceMs()),
  }
  start()
  return self
}

interface Host {
  skewMs(): number
  frozenUntilMs(): number
  silentUntilMs(): number
  fallSilent(ms: number): void
  crash(): void
}

interface Life {
  end(): void
  leadsSinceMs(): number | undefined
}

/** From start to crash. */
function live(parts: ProcessParts, host: Host, name: string): Life {
  const { api, code, provisioner } = parts
  const { world } = api
  let isAlive = true
  const late: (() => void)[] = []
  const enter = (run: () => void): void => {
    if (!isAlive) return
    const waitMs = host.frozenUntilMs() - world.now()
    if (waitMs <= 0 && late.length === 0) return run()
    late.push(run)
    if (late.length === 1) world.after(Math.max(0, waitMs), catchUp)
  }
  const catchUp = (): void => {
    const waitMs = host.frozenUntilMs() - world.now()
    if (waitMs > 0) return world.after(waitMs, catchUp)
    for (const run of late.splice(0)) if (isAlive) run()
  }
  const after = (ms: number, run: () => void): void => world.after(ms, () => enter(run))
  const term = createTerm(parts, host, name, after, enter)
  const cache = code.createClusterCache(() => term.wake())
  const random = world.random(`watches of ${parts.name}`)
  const feeds = [
    ...cache.feeds,
    ...cache.claimFeeds(claimsPath(provisioner.backend), provisioner.backend.kind),
  ]
  const streamParts = { api, random, enter, silentUntilMs: () => host.silentUntilMs() }
  const streams = feeds.map(feed => openStream(feed, { ...streamParts, faults: parts.faults }))
  term.begin(cache, streams)
  return {
    leadsSinceMs: term.leadsSinceMs,
    end() {
      isAlive = false
      for (const stream of streams) stream.close()
    },
  }
}

type After = (ms: number, run: () => void) => void

function createTerm(
  parts: ProcessParts,
  host: Host,
  name: string,
  after: After,
  enter: (run: () => void) => void,
) {
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
    if (leads) validUntilMs = world.now() + RENEW_DEADLINE_MS
    if (leads && rounds === undefined) lead()
    else if (!leads && rounds !== undefined) resign()
    after(RENEW_MS, renew)
  }
  const lead = (): void => {
    if (cache === undefined) return
    world.tell(name, () => 'leads')
    ledSinceMs = world.now()
    const dependencies = dependenciesOf(parts, host, name, () => view, enter)
    rounds = code.createRounds(dependencies, cache, wake, () => world.now() < validUntilMs)
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

function viewOf(streams: readonly Stream[]): Omit<View, 'ledSinceMs'> {
  const claims = streams.filter(({ resource }) => resource === 'nodeclaims')
  return {
    allMs: Math.min(...streams.map(stream => stream.knownUntilMs())),
    claimsMs: Math.min(...claims.map(stream => stream.knownUntilMs())),
  }
}

function dependenciesOf(
  parts: ProcessParts,
  host: Host,
  name: string,
  view: () => View,
  enter: (run: () => void) => void,
): ControllerDependencies {
  const { api, settings } = parts
  const { world } = api
  const random = world.random(`calls of ${parts.name}`)
  const client = createSimClient({
    ...parts,
    name,
    random,
    view,
    enter,
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
    clock: { now: () => world.now() + host.skewMs() },
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
