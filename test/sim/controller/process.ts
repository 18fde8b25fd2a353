// Simulator: one controller process. Production's caches, planner, queue and executor over simulated watches and a simulated
// client; it can crash at any call, freeze, and have a clock of its own.
import { claimsPath } from '../../../src/controller/resources.ts'
import type { Host, ProcessParts } from './parts.ts'
import { openStream } from './streams.ts'
import { createTerm } from './term.ts'

/** What can befall a process, and whether it leads. */
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
    leadsSinceMs: () => term.leadsSinceMs(),
    end() {
      isAlive = false
      for (const stream of streams) stream.close()
    },
  }
}
