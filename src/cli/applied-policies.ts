// Pipeline: cli. Which policies of the files apply to their workloads. One that selects namespaces by labels applies to nothing
// as long as no file says which labels they have, and "nothing found" would then be taken for a yes.
import { matchesLabels } from '../core/policy/label-selector.ts'
import { NAME_LABEL, offlineFacts, type OfflineCluster } from '../core/policy/offline-facts.ts'
import type { PresetPolicy } from '../core/policy/preset-policy.ts'
import { referenceTo } from './subject-name.ts'
import type { Validated } from './validated.ts'

export interface AppliedPolicies {
  /** How many apply to at least one of the workloads. */
  readonly count: number
  /** One for each policy that might apply in a cluster, where the namespaces have labels. */
  readonly warnings: readonly string[]
}

/** Of the policies of `cluster`, those that select a namespace of an annotated workload. */
export function appliedPolicies(
  validated: readonly Validated[],
  cluster: Omit<OfflineCluster, 'usages'>,
): AppliedPolicies {
  const workloads = validated.filter(({ decision }) => decision !== 'Skip')
  const namespaces = [...new Set(workloads.map(({ source }) => referenceTo(source.object).namespace))]
  const facts = offlineFacts({ ...cluster, usages: [] })
  const applied = new Set(namespaces.flatMap(name => facts.policiesOf(name)?.policies ?? []))
  const unlabelled = namespaces.filter(name => !cluster.namespaces.has(name)).toSorted()
  const idle = cluster.policies.filter(policy => !applied.has(policy))
  return { count: applied.size, warnings: idle.flatMap(policy => doubt(policy, unlabelled) ?? []) }
}

/** Undefined where the names of the namespaces are enough to know that the policy does not select them. */
function doubt(
  { name, namespaceSelector = [] }: PresetPolicy,
  unlabelled: readonly string[],
): string | undefined {
  const byName = namespaceSelector.filter(({ key }) => key === NAME_LABEL)
  const possible = unlabelled.filter(namespace => matchesLabels(byName, { [NAME_LABEL]: namespace }))
  if (possible.length === 0) return undefined
  return (
    `warning: policy ${name} was applied to nothing: no file says which labels these namespaces have, and by them ` +
    `it may select some: ${possible.join(', ')}; add their Namespaces by --policy or -f`
  )
}
