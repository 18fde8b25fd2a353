// Pipeline: sizing. The outcome of placing a replica, and how a candidate becomes it.
import type { Runtime } from '../api/names.ts'
import type { Placement } from '../api/plan.ts'
import type { InstanceType, PresetRevision } from '../preset/catalogue.ts'
import type { Need } from './need.ts'
import type { Shape } from './shape.ts'

/**
 * Names in one placement. It stands in the plan (PLAN_MAX_BYTES, 4 KiB, most of it needed by the inventory) and again on
 * every pod: 16 names, label values of at most 63 characters, are 1 KiB. More than 16 fallbacks help nobody.
 */
export const MAX_INSTANCE_TYPES = 16

export interface Placed {
  readonly placement: Placement
  readonly revision: PresetRevision
  readonly runtime: Runtime
  /** Sentences for the person who applied the workload. */
  readonly warnings: readonly string[]
}

/** The outcome: `types` in order of preference, the first one gives the shape. */
export function toPlaced(
  need: Need,
  shape: Shape,
  types: readonly InstanceType[],
  warnings: readonly string[],
): Placed {
  const instanceTypes = types.slice(0, MAX_INSTANCE_TYPES).map(({ name }) => name)
  return { placement: { instanceTypes, ...shape }, revision: need.revision, runtime: need.runtime, warnings }
}
