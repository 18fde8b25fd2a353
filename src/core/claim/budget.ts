// Pipeline: claim. How many nodes the Deny policies of a namespace still let be claimed, and of which instance types: what is
// claimed counts until it is gone, idle nodes and those on their way too, and so does what this turn has planned.
import type { PresetPolicy } from '../policy/preset-policy.ts'
import type { ObservedWorkload } from '../workload/observed.ts'
import { denyingPolicies, heldBy } from './policies.ts'
import type { Sentence, Turn } from './turn.ts'
import { namespaceOfClaim, priceOfClaim } from './usage.ts'

/** Of all namespaces, for one turn. */
export interface Budget {
  /** Those of the types of which so many more nodes may be claimed for the workload's namespace; or why of none. */
  affordable(
    workload: ObservedWorkload,
    types: readonly string[],
    nodes: number,
  ): readonly string[] | Sentence
  /** A claim is planned that may get any of the types. */
  spend(workload: ObservedWorkload, types: readonly string[]): void
}

interface Spent {
  nodes: number
  costPerHour: number
}

/** What the observed claims leave. */
export function createBudget(turn: Turn): Budget {
  const byNamespace = new Map<string, Spent>()
  const spentIn = (namespace: string): Spent => {
    const spent = byNamespace.get(namespace) ?? observed(turn, namespace)
    byNamespace.set(namespace, spent)
    return spent
  }
  return {
    affordable({ namespace }, types, nodes) {
      const policies = denyingPolicies(turn, namespace).filter(hasBudget)
      if (policies.length === 0) return types
      return policies.reduce<readonly string[] | Sentence>(
        (left, policy) =>
          'reason' in left ? left : within(turn, policy, namespace, spentIn(namespace), left, nodes),
        types,
      )
    },
    spend({ namespace }, types) {
      if (!denyingPolicies(turn, namespace).some(hasBudget)) return
      const spent = spentIn(namespace)
      spent.nodes += 1
      spent.costPerHour += priceOfClaim({ instanceTypes: types, labels: {} }, turn.settings.priceOfType)
    },
  }
}

function hasBudget({ limits: { nodes, costPerHour } }: PresetPolicy): boolean {
  return nodes !== undefined || costPerHour !== undefined
}

function observed({ observation, settings }: Turn, namespace: string): Spent {
  const claims = observation.claims.filter(claim => namespaceOfClaim(claim) === namespace)
  const prices = claims.map(claim => priceOfClaim(claim, settings.priceOfType))
  return { nodes: claims.length, costPerHour: prices.reduce((sum, price) => sum + price, 0) }
}

function within(
  turn: Turn,
  policy: PresetPolicy,
  namespace: string,
  spent: Spent,
  types: readonly string[],
  nodes: number,
): readonly string[] | Sentence {
  const { nodes: mostNodes, costPerHour: mostCost } = policy.limits
  const what = nodes === 1 ? 'a further node' : `${nodes} further nodes`
  const exceeded = (text: string) => heldBy(policy, 'QuotaExceeded', text)
  if (mostNodes !== undefined && spent.nodes + nodes > mostNodes)
    return exceeded(`${what} would exceed limits.nodes, which is ${mostNodes} in namespace ${namespace}`)
  if (mostCost === undefined) return types
  const left = types.filter(type => {
    const price = turn.settings.priceOfType(type)
    return price !== undefined && spent.costPerHour + nodes * price <= mostCost
  })
  if (left.length > 0) return left
  const unpriced = types.filter(type => turn.settings.priceOfType(type) === undefined)
  const hint =
    unpriced.length === 0 ? '' : `; ${unpriced.join(', ')} has no price and does not pass a cost limit`
  return exceeded(
    `${what} would exceed limits.costPerHour, which is ${mostCost} in namespace ${namespace}${hint}`,
  )
}
