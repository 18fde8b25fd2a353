// Pipeline: vocabulary. The recorded decision: annotation kaito.sh/plan on the workload (compact JSON, at most 4 KiB).
import type { Mirror } from './mirrors.ts'
import type { RevisionName, Runtime } from './names.ts'
import type { InventoryNode } from './inventory.ts'

export const PLAN_VERSION = 1
/** A plan is read by people and stored in every ReplicaSet: it stays small. */
export const PLAN_MAX_BYTES = 4096

export interface Parallelism {
  readonly tensor: number
  readonly pipeline: number
  readonly data: number
}

/** What claims and schedules the nodes; `none`: existing nodes only, kube-scheduler does it all. */
export type Provisioning = 'nodeclaim' | 'machine' | 'none'

/** The choice of shape: what the command line and the scheduler follow from. */
export interface Placement {
  /** In order of preference, at least one. */
  readonly instanceTypes: readonly string[]
  readonly gpusPerPod: number
  /** Pods that share one node of the first instance type. */
  readonly podsPerNode: number
  readonly nodesPerReplica: number
  readonly parallelism: Parallelism
}

export interface Plan extends Placement {
  readonly v: typeof PLAN_VERSION
  /** Revision of the catalogue that the plan was made from. */
  readonly catalogue: string
  /** Hash of what the decision was made from: the annotations and the template fields that it read. */
  readonly intent: string
  /** The catalogue's name of the entry. */
  readonly preset: string
  readonly revision: RevisionName
  readonly runtime: Runtime
  readonly provisioning: Provisioning
  /** Whether images are mounted (or pulled by a container); only where the plan has such images. */
  readonly imageVolumes?: boolean
  /** The mirrors of the policies that were used; absent: none. */
  readonly mirrors?: readonly Mirror[]
  /** Everything that injection added, in the form that undoes it exactly. */
  readonly added: InventoryNode
}
