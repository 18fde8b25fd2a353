// Pipeline: workload. What the controller remembers of the objects that it watches: the few fields that it decides by.
// Everything else of an object is dropped when it arrives (100,000 pods must fit into memory).
import type { Json, JsonObject } from '../api/json.ts'
import type { Resources } from '../api/resources.ts'
import type { Provisioning } from '../api/plan.ts'
import type { TuningMethod } from '../api/tuning-values.ts'

/** The ownerReference with `controller: true`. */
export interface ControllerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** Identity and version of any observed object. */
export interface ObservedObject {
  readonly uid: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly createdAtMs: number
  /** metadata.deletionTimestamp; for a pod the end of its grace period. */
  readonly deletedAtMs?: number
}

/** The annotation kaito.sh/placement, parsed. */
export interface PodPlacement {
  readonly instanceTypes: readonly string[]
  /** The user's own order of preference: it is kept, the provisioner does not choose. */
  readonly ordered: boolean
  readonly gpusPerPod: number
  readonly nodesPerReplica: number
  readonly provisioning: Provisioning
  /** Ephemeral storage that the node needs. */
  readonly storageGiB: number
}

/** core/v1 Toleration. */
export interface Toleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

/** core/v1 Taint. */
export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

/** A node selector requirement (core/v1 NodeSelectorRequirement). */
export interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

/** A pod that carries our placement annotation. */
export interface ObservedPod extends ObservedObject {
  readonly controller?: ControllerReference
  /** Undefined: the annotation cannot be read. */
  readonly placement: PodPlacement | undefined
  /** Names of its scheduling gates, in order. */
  readonly gates: readonly string[]
  readonly nodeName?: string
  /** kube-scheduler makes room for it on its node by preemption. */
  readonly isNominated?: boolean
  readonly phase: string
  /** What kube-scheduler reserves: containers, init containers, sidecars, overhead. */
  readonly requests: Resources
  readonly nodeSelector: Readonly<Record<string, string>>
  /** nodeSelectorTerms of the required node affinity: ORed; empty: none. */
  readonly affinityTerms: readonly JsonObject[]
  /** As they stand in the pod: the patch that opens the gate appends to them. */
  readonly tolerations: readonly Json[]
  readonly ready: boolean
  /** The PodScheduled condition is False with reason Unschedulable. */
  readonly unschedulable?: { readonly message: string; readonly sinceMs: number }
  /** Label controller-revision-hash (StatefulSet). */
  readonly controllerRevision?: string
  /** When the first of its containers began; undefined: none has. */
  readonly startedAtMs?: number
}

/** Any other pod on a node, or on its way to one by preemption: what it takes there. */
export interface ForeignPod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly nodeName: string
  readonly requests: Resources
  /** Of a DaemonSet, or a static (mirror) pod: it goes with its node and holds nothing up. */
  readonly isNodeBound: boolean
  readonly deletedAtMs?: number
}

/** One of status.conditions. */
export interface ObservedCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionAtMs?: number
}

/** Settings of a trainer that its user gives. */
export interface NamedSettings {
  readonly method: TuningMethod
  /** In the workload's namespace. */
  readonly configMap: string
}

/** A workload with a plan. */
export interface ObservedWorkload extends ObservedObject {
  readonly apiVersion: string
  readonly kind: string
  /** It carries kaito.sh/preset; without it nothing more is done for its pods. */
  readonly annotated: boolean
  readonly preset: string
  readonly instanceTypes: readonly string[]
  readonly gpusPerPod: number
  readonly nodesPerReplica: number
  readonly provisioning: Provisioning
  /** Annotation kaito.sh/idle-grace. */
  readonly idleGraceMs?: number
  /** Annotation kaito.sh/service; undefined: not given. */
  readonly service?: boolean
  /** The plan serves a model itself (Deployment, StatefulSet); false for Jobs. */
  readonly isInference: boolean
  /** Of its template; undefined: it has none that can be read. */
  readonly placement?: PodPlacement
  /** A Job with kaito.sh/tuning-method. */
  readonly isTuning: boolean
  /** A tuning Job that names no settings: it takes the defaults of this method. */
  readonly defaultSettings?: TuningMethod
  /** A tuning Job whose user names the ConfigMap with its settings. */
  readonly namedSettings?: NamedSettings
  /** spec.replicas; for a Job the pods that it still wants. */
  readonly replicas: number
  /** The conditions of its status, foreign ones too. */
  readonly conditions: readonly ObservedCondition[]
  /** spec.selector.matchLabels. */
  readonly matchLabels: Readonly<Record<string, string>>
  /** Label kaito.sh/workload of the template, which need not be that of the name (generateName); undefined: it has none. */
  readonly podLabel?: string
  /** Label kaito.sh/model of the template: what clients put into `model`. */
  readonly modelName: string
  /** Number of the model server's port (5000, or another of the user's container). */
  readonly serverPort: number
  /** StatefulSet: spec.serviceName. */
  readonly serviceName?: string
  /** StatefulSet: status.updateRevision. */
  readonly updateRevision?: string
}

/** A ReplicaSet: a step on the way from a pod to its Deployment, and the template that the pod was made from. */
export interface ObservedOwner {
  readonly uid: string
  readonly resourceVersion: string
  readonly controller?: ControllerReference
  /** Of its template; undefined: it has none that can be read. */
  readonly placement?: PodPlacement
}

/** A ControllerRevision: a template that a StatefulSet has or had. */
export interface ObservedRevision {
  readonly uid: string
  readonly resourceVersion: string
  readonly namespace: string
  readonly name: string
  readonly ownerUid: string
  readonly placement?: PodPlacement
}

/**
 * On a Service of ours: hash of the spec that we last wanted. What its user changes stays until that changes; without the
 * annotation the whole Service is the user's.
 */
export const SERVICE_SPEC_ANNOTATION = 'kaito.sh/service-spec'

/** What a Service of ours leads to. */
export interface ManagedService {
  /** The annotation's value. */
  readonly specHash: string
  /** As they are now. */
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly JsonObject[]
}

/** A Service: whether there is one, and whose it is. */
export interface ObservedService extends ObservedObject {
  readonly ownerUids: readonly string[]
  /** Undefined: it is not kept up to date by us. */
  readonly managed?: ManagedService
}

/** Of a ConfigMap with default settings of tuning; its value is the method. The controller watches ConfigMaps by it. */
export const TUNING_CONFIG_LABEL = 'kaito.sh/tuning-config'

/** A ConfigMap with the default settings of tuning. */
export interface ObservedConfigMap extends ObservedObject {
  /** Its ownerReferences as they are. */
  readonly owners: readonly JsonObject[]
  /** It carries our label. */
  readonly isOurs: boolean
}
