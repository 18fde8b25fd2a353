// Pipeline: policy. What admission knows of policies and of what runs, all of it in memory: fed by watches, or by the
// documents of `kaito-native validate`.
import { NO_POLICIES, type NamespacePolicies } from './namespace-policies.ts'

/** What a namespace uses, as policies count it. */
export interface Usage {
  /** GPUs of its pods of ours that have not ended, waiting ones too. */
  readonly gpus: number
  /** Nodes that are claimed for it. */
  readonly nodes: number
  /** Their list price for an hour; a node without a price counts as 0. */
  readonly costPerHour: number
}

export const NO_USAGE: Usage = { gpus: 0, nodes: 0, costPerHour: 0 }

/** Which workload a question is about. */
export interface WorkloadName {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface PolicyFacts {
  /** Undefined: the namespace is not known (yet), and so is what applies to it. The same object as long as nothing changed. */
  policiesOf(namespace: string): NamespacePolicies | undefined
  /** What the namespace uses without that workload. */
  usageBeside(workload: WorkloadName): Usage
  /** What an autoscaler may scale it to; undefined: nothing scales it. */
  maxReplicasOf(workload: WorkloadName): number | undefined
}

/** Where there are no policies. */
export const WITHOUT_POLICIES: PolicyFacts = {
  policiesOf: () => NO_POLICIES,
  usageBeside: () => NO_USAGE,
  maxReplicasOf: () => undefined,
}
