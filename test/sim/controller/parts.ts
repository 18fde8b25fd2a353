// Simulator: what a controller process is made of, and what it shares with its host between two lives.
import type { ClusterCache } from '../../../src/controller/cluster-cache.ts'
import type { ControllerDependencies } from '../../../src/controller/controller.ts'
import type { Rounds } from '../../../src/controller/rounds.ts'
import type { Observation, Provisioner } from '../../../src/core/claim/observation.ts'
import type { Settings } from '../../../src/core/claim/plan.ts'
import type { ServerClock, ServerClockOptions } from '../../../src/kube/server-clock.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { HttpAnswer } from '../api/http.ts'
import type { Call, View } from './client.ts'
import type { Faults } from './faults.ts'
import type { Lease } from './lease.ts'

/** The production code under test; mutations come in here. */
export interface ControllerCode {
  readonly createClusterCache: (onChange: () => void) => ClusterCache
  readonly createRounds: (
    dependencies: ControllerDependencies,
    cache: ClusterCache,
    wake: () => void,
    isCurrent: () => boolean,
  ) => Rounds
  readonly createServerClock: (options: ServerClockOptions) => ServerClock
}

/** An Event that a process has recorded. */
export interface Recorded {
  readonly processName: string
  readonly reason: string
  readonly message: string
  readonly uid: string
  readonly atMs: number
}

/** Everything that a process needs, and whom it tells. */
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
  /** What a round goes by. */
  readonly onRound: (observation: Observation, view: View) => void
  readonly onBug: (message: string) => void
}

/** What a crash does not change. */
export interface Host {
  skewMs(): number
  frozenUntilMs(): number
  silentUntilMs(): number
  fallSilent(ms: number): void
  crash(): void
}
