// Simulator: the objects in the simulated API server, as far as anybody looks at them. They are never changed in place:
// whoever holds one holds it as it was.
import type { JsonObject } from '../../../src/core/api/json.ts'

export type Texts = Readonly<Record<string, string>>

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
  readonly generation?: number
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Texts
  readonly annotations?: Texts
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

export interface Toleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

export interface PodSpec {
  readonly nodeName?: string
  readonly schedulingGates?: readonly { readonly name: string }[]
  readonly nodeSelector?: Texts
  readonly tolerations?: readonly Toleration[]
  readonly terminationGracePeriodSeconds?: number
  readonly priorityClassName?: string
  readonly containers: readonly {
    readonly name: string
    readonly image?: string
    readonly resources?: { readonly requests?: Texts; readonly limits?: Texts }
  }[]
}

export interface PodStatus {
  readonly phase: string
  /** Where kube-scheduler is making room for it. */
  readonly nominatedNodeName?: string
  readonly conditions?: readonly Condition[]
  readonly containerStatuses?: readonly JsonObject[]
}

interface Base {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
}

export interface Pod extends Base {
  readonly spec: PodSpec
  readonly status: PodStatus
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Texts; readonly annotations?: Texts }
  readonly spec: PodSpec
}

export interface Node extends Base {
  readonly spec: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean }
  readonly status: { readonly allocatable: Texts; readonly conditions: readonly Condition[] }
}

export interface Workload extends Base {
  readonly spec: {
    readonly replicas?: number
    readonly parallelism?: number
    readonly completions?: number
    readonly backoffLimit?: number
    readonly suspend?: boolean
    readonly serviceName?: string
    readonly selector: { readonly matchLabels: Texts }
    readonly template: PodTemplate
    readonly strategy?: {
      readonly rollingUpdate: { readonly maxSurge: number; readonly maxUnavailable: number }
    }
    readonly updateStrategy?: { readonly type: string }
  }
  readonly status: {
    readonly conditions?: readonly Condition[]
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly updateRevision?: string
    readonly succeeded?: number
    readonly failed?: number
    readonly active?: number
  }
}

export interface Claim extends Base {
  readonly spec: {
    readonly requirements: readonly {
      readonly key: string
      readonly operator: string
      readonly values?: readonly string[]
    }[]
    readonly resources: { readonly requests: Texts }
    readonly taints?: readonly Taint[]
  }
  readonly status: {
    readonly nodeName?: string
    readonly providerID?: string
    readonly allocatable?: Texts
    readonly conditions?: readonly Condition[]
  }
}

/** Of those that allow nothing: no other is needed. */
export interface DisruptionBudget extends Base {
  readonly spec: { readonly maxUnavailable: 0; readonly selector: { readonly matchLabels: Texts } }
}

export interface ClaimWarning extends Base {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly lastTimestamp: string
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string }
}

/** A template that a StatefulSet has or had. */
export interface Revision extends Base {
  readonly data: { readonly spec: { readonly template: PodTemplate } }
}

export interface Policy extends Base {
  readonly spec: JsonObject
  readonly status: JsonObject
}

/** By resource; Machines and NodeClaims differ in nothing that is looked at. */
export interface Objects {
  readonly pods: Pod
  readonly nodes: Node
  readonly deployments: Workload
  readonly statefulsets: Workload
  readonly jobs: Workload
  readonly replicasets: Workload
  readonly controllerrevisions: Revision
  readonly presetpolicies: Policy
  readonly services: Base
  readonly nodeclaims: Claim
  readonly events: ClaimWarning
  readonly poddisruptionbudgets: DisruptionBudget
}

export type Resource = keyof Objects
export type AnyObject = Objects[Resource]

export const RESOURCES: readonly Resource[] = [
  'pods',
  'nodes',
  'deployments',
  'statefulsets',
  'jobs',
  'replicasets',
  'controllerrevisions',
  'presetpolicies',
  'services',
  'nodeclaims',
  'events',
  'poddisruptionbudgets',
]

/** `namespace/name`. */
export function keyOf({ metadata }: { readonly metadata: Pick<Metadata, 'name' | 'namespace'> }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

export function conditionOf(
  { status }: { readonly status: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return status.conditions?.find(condition => condition.type === type)
}

export function isTrue(
  object: { readonly status: { readonly conditions?: readonly Condition[] } },
  type: string,
): boolean {
  return conditionOf(object, type)?.status === 'True'
}

export function isLeaving({ metadata }: { readonly metadata: Metadata }): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** The reference with `controller: true`. */
export function controllerOf({ metadata }: { readonly metadata: Metadata }): OwnerReference | undefined {
  return metadata.ownerReferences?.find(owner => owner.controller === true)
}

/** The list with this condition set; its time changes only with its status, as Kubernetes has it. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  time: string,
): readonly Condition[] {
  const before = conditions?.find(({ type }) => type === condition.type)
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? time) : time
  return [
    ...(conditions ?? []).filter(({ type }) => type !== condition.type),
    { ...condition, lastTransitionTime },
  ]
}

/** As the API server writes times: whole seconds. */
export function formatTimestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}
