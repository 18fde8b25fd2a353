// Simulator: what a check is given.
import type { Machines } from '../actors/machines.ts'
import type { ApiServer, Change } from '../api/api-server.ts'
import type { Pod } from '../api/objects.ts'
import type { Call } from '../controller/client.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { History } from './history.ts'

export interface Checked {
  readonly api: ApiServer
  readonly machines: Machines
  readonly scenario: Scenario
  readonly history: History
  readonly violate: (invariant: string, message: string) => void
}

/** A change that a controller process has made. */
export interface OwnChange {
  readonly change: Change
  readonly call: Call
  /** Everything that happened by then was known when it was decided. */
  readonly viewMs: number
  /** The same of claims alone. */
  readonly claimsViewMs: number
  /** When the process last asked the API server about the claim's node, or the pod. */
  readonly lookedMs: number | undefined
}

export interface Placement {
  readonly instanceTypes: readonly string[]
  readonly gpusPerPod: number
  readonly nodesPerReplica: number
}

/** Undefined: not one of ours. */
export function placementOf({ metadata }: Pod): Placement | undefined {
  const text = metadata.annotations?.['kaito.sh/placement']
  return text === undefined ? undefined : (JSON.parse(text) as Placement)
}
