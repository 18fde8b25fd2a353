// Pipeline: claim. What the planner sees: one consistent picture of pods, nodes and claims, out of the watch caches.
import type { Resources } from '../api/resources.ts'
import type { NamespacePolicies } from '../policy/namespace-policies.ts'
import type {
  ForeignPod,
  ObservedCondition,
  ObservedObject,
  ObservedOwner,
  ObservedPod,
  ObservedRevision,
  ObservedWorkload,
  Requirement,
  Taint,
} from '../workload/observed.ts'
import type { ClaimBackend, NodeClassReference } from './backends/backend.ts'
import type { ClaimReason } from './plan.ts'

/** A node, as far as scheduling goes. */
export interface ObservedNode extends ObservedObject {
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly allocatable: Resources
  /** Condition Ready is True. */
  readonly ready: boolean
  /** Since when Ready has not been True. */
  readonly notReadySinceMs?: number
  /** spec.unschedulable. */
  readonly cordoned: boolean
}

/** A NodeClaim or Machine of ours. */
export interface ObservedClaim extends ObservedObject {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Values of its requirement node.kubernetes.io/instance-type. */
  readonly instanceTypes: readonly string[]
  /** The requirements, as nodes are matched by them. */
  readonly requirements: readonly Requirement[]
  readonly taints: readonly Taint[]
  readonly requests: Resources
  /** status.allocatable; empty until it has been launched. */
  readonly allocatable: Resources
  readonly nodeName?: string
  readonly providerId?: string
  readonly conditions: readonly ObservedCondition[]
  /** We are asking for its deletion at this moment: what is placed waits for the answer, or it might be paid for twice. */
  readonly isGoing?: boolean
}

/** The newest Warning Event on a claim. */
export interface ClaimEvent {
  readonly reason: string
  readonly message: string
  readonly atMs: number
}

/** Why the pods of a workload are given no node for now, though they ask for one. */
export interface Hold {
  readonly reason: ClaimReason
  readonly message: string
  /** Somebody must do something about it. */
  readonly isProblem: boolean
}

/** One moment of the cluster. */
export interface Observation {
  readonly pods: readonly ObservedPod[]
  /** Foreign pods by the node that they run on. */
  readonly foreignPods: ReadonlyMap<string, readonly ForeignPod[]>
  readonly nodes: readonly ObservedNode[]
  readonly claims: readonly ObservedClaim[]
  /** Claims that disappeared since the last plan was made, as they were last seen. */
  readonly goneClaims: readonly ObservedClaim[]
  /** By the claim's uid. */
  readonly claimEvents: ReadonlyMap<string, ClaimEvent>
  /** By uid. */
  readonly workloads: ReadonlyMap<string, ObservedWorkload>
  /** ReplicaSets by uid. */
  readonly replicaSets: ReadonlyMap<string, ObservedOwner>
  /** Undefined for a namespace: which apply to it is not known (yet). */
  readonly policiesOf: (namespace: string) => NamespacePolicies | undefined
  /** By the workload's uid; absent: none. */
  readonly holds?: ReadonlyMap<string, Hold>
  /**
   * ControllerRevisions by `namespace/name`. Absent: templates are not observed, and pods are believed what they say of their
   * placement.
   */
  readonly revisions?: ReadonlyMap<string, ObservedRevision>
  /** How claims are made here; undefined: no provisioner is served. */
  readonly provisioner: Provisioner | undefined
  /** Whether the API server has just refused to make a claim of this name. */
  readonly isRefusedName?: (name: string) => boolean
}

/** The claim back-end in use, and its node class or the reason why none can be named. */
export interface Provisioner {
  readonly backend: ClaimBackend
  readonly nodeClass: NodeClassReference | undefined
  /** What to do about it, where there is no node class and the back-end needs one. */
  readonly problem?: string
}
