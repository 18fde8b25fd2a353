// Pipeline: claim. What differs between provisioners, behind one interface: labels, names, storage key, taints, node class
// and whether it chooses among several instance types. One file a provisioner; facts and sources stand there.
import type { JsonObject } from '../../api/json.ts'
import type { Resources } from '../../api/resources.ts'
import type { Requirement } from '../../workload/observed.ts'

/** The object that says how machines of a claim are made (EC2NodeClass, AKSNodeClass, …). */
export interface NodeClassReference {
  readonly group: string
  readonly kind: string
  readonly name: string
}

/** Everything that a claim says, whatever its form. */
export interface ClaimRequest {
  /** Deterministic; `[a-z][a-z0-9]{0,10}`, which every provisioner accepts. */
  readonly name: string
  /** In order of preference, at least one; a single one where the back-end does not choose. */
  readonly instanceTypes: readonly string[]
  /** Of all pods that it is made for. */
  readonly requests: Resources
  readonly storageGiB: number
  /** From the pods' node selector and required affinity. */
  readonly requirements: readonly Requirement[]
  readonly nodeClass: NodeClassReference | undefined
  readonly workload: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly uid: string
  }
  /** Milliseconds; recorded on the claim, because it outlives its workload. */
  readonly idleGraceMs: number | undefined
  /** Key of the shape of the pods: by it the claim is known again as made for them. */
  readonly shape: string
}

/** One provisioner. */
export interface ClaimBackend {
  /** For logs and messages: `karpenter-aws`. */
  readonly name: string
  readonly api: 'nodeclaim' | 'machine'
  readonly group: string
  readonly version: string
  readonly kind: 'NodeClaim' | 'Machine'
  readonly resource: 'nodeclaims' | 'machines'
  /** Kind of the node class; undefined: it needs none. */
  readonly nodeClassKind:
    { readonly group: string; readonly kind: string; readonly resource: string } | undefined
  /** The provisioner picks one of the instance types by itself, by price and availability. */
  readonly choosesInstanceType: boolean
  /** The claim's object, whole. */
  desiredClaim(request: ClaimRequest): JsonObject
  /**
   * Those that the provisioner would not see to, as sentences for people (`topology.kubernetes.io/zone: …`): a pod that
   * has them must get no claim. Absent: it honours all of them.
   */
  readonly unsupportedRequirements?: (requirements: readonly Requirement[]) => readonly string[]
}
