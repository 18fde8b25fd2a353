// Pipeline: claim. What policies are told of their namespaces, out of one observation and what the planner said of its pods.
import type { PolicyCounts } from '../policy/policy-status.ts'
import type { Observation } from './observation.ts'
import type { PodState, Settings } from './plan.ts'
import { gpusOf } from './quota.ts'
import { namespaceOfClaim, priceOfClaim } from './usage.ts'

/** Asked for one policy: its name, and the namespaces that it selects. */
export type CountPolicy = (name: string, namespaces: readonly string[]) => PolicyCounts

/** Adds everything up once. */
export function countForPolicies(
  { pods, claims, workloads }: Observation,
  states: readonly PodState[],
  { priceOfType }: Pick<Settings, 'priceOfType'>,
): CountPolicy {
  const planned = [...workloads.values()].filter(({ annotated }) => annotated)
  const sums = {
    workloads: sumBy(
      planned,
      ({ namespace }) => namespace,
      () => 1,
    ),
    gpus: sumBy(pods, ({ namespace }) => namespace, gpusOf),
    nodes: sumBy(claims, namespaceOfClaim, () => 1),
    costPerHour: sumBy(claims, namespaceOfClaim, claim => priceOfClaim(claim, priceOfType)),
  }
  const held = sumBy(
    states,
    ({ policy = '' }) => policy,
    () => 1,
  )
  return (name, namespaces) => {
    const total = (sum: ReadonlyMap<string, number>) =>
      namespaces.reduce((all, namespace) => all + (sum.get(namespace) ?? 0), 0)
    return {
      namespaces: namespaces.length,
      workloads: total(sums.workloads),
      gpus: total(sums.gpus),
      nodes: total(sums.nodes),
      costPerHour: total(sums.costPerHour),
      heldPods: held.get(name) ?? 0,
    }
  }
}

function sumBy<T>(
  things: readonly T[],
  keyOf: (thing: T) => string,
  amountOf: (thing: T) => number,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const thing of things) sums.set(keyOf(thing), (sums.get(keyOf(thing)) ?? 0) + amountOf(thing))
  return sums
}
