// Pipeline: policy. What admission would know of a cluster that holds nothing but some files.
import type { Autoscaled } from './autoscaler.ts'
import type { Labels } from './label-selector.ts'
import { selectPolicies, type NamespacePolicies } from './namespace-policies.ts'
import { NO_USAGE, type PolicyFacts, type Usage, type WorkloadName } from './policy-facts.ts'
import type { PresetPolicy } from './preset-policy.ts'

/** What one workload uses. */
export interface WorkloadUsage {
  readonly workload: WorkloadName
  readonly usage: Usage
}

/** What the files hold. */
export interface OfflineCluster {
  readonly policies: readonly PresetPolicy[]
  /** Labels of the Namespaces, by name. */
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly autoscaled: readonly Autoscaled[]
  readonly usages: readonly WorkloadUsage[]
}

/** The label that the API server gives every namespace. */
export const NAME_LABEL = 'kubernetes.io/metadata.name'

/** Every namespace is known: one without a document has the label of its name and no other. */
export function offlineFacts({ policies, namespaces, autoscaled, usages }: OfflineCluster): PolicyFacts {
  const selected = new Map<string, NamespacePolicies>()
  const select = (namespace: string): NamespacePolicies =>
    selectPolicies(policies, { ...namespaces.get(namespace), [NAME_LABEL]: namespace })
  return {
    policiesOf(namespace) {
      const known = selected.get(namespace) ?? select(namespace)
      selected.set(namespace, known)
      return known
    },
    usageBeside: workload =>
      usages
        .filter(({ workload: other }) => other.namespace === workload.namespace && !isSame(other, workload))
        .reduce((sum, { usage }) => plus(sum, usage), NO_USAGE),
    maxReplicasOf(workload) {
      const most = autoscaled.filter(({ workload: scaled }) => isSame(scaled, workload))
      return most.length === 0 ? undefined : Math.max(...most.map(({ maxReplicas }) => maxReplicas))
    },
  }
}

function isSame(left: WorkloadName, right: WorkloadName): boolean {
  return left.kind === right.kind && left.namespace === right.namespace && left.name === right.name
}

function plus(left: Usage, right: Usage): Usage {
  return {
    gpus: left.gpus + right.gpus,
    nodes: left.nodes + right.nodes,
    costPerHour: left.costPerHour + right.costPerHour,
  }
}
