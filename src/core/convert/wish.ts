// Pipeline: convert. What an upstream object asks for, in words that Workspace and InferenceSet share: the readers make
// it, the desired objects follow from it.
import type { JsonObject } from '../api/json.ts'

/** Version of upstream's API: v1alpha1 is KAITO 0.4's, v1beta1 that of 0.12. */
export type UpstreamVersion = 'v1alpha1' | 'v1beta1'

export type Labels = Readonly<Record<string, string>>

/** Name, labels and annotations of the native objects. */
export interface Identity {
  readonly name: string
  readonly namespace: string | undefined
  readonly labels: Labels
  readonly annotations: Labels
  /** Upstream's `kaito.sh/enablelb: "True"`. */
  readonly loadBalancer: boolean
  /** Upstream's `kaito.sh/performance-mode`, unless it is the default. */
  readonly performanceMode: string | undefined
}

/** The nodes that are asked for. */
export interface NodesWish {
  /** Absent: nodes that exist already. */
  readonly instanceType: string | undefined
  /** Nodes, as far as upstream would heed it. */
  readonly count: number | undefined
  readonly nodeSelector: Labels
  /** Requirements that a node selector cannot say. */
  readonly expressions: readonly JsonObject[]
  readonly preferredNodes: readonly string[]
  /** GPUs of a part of a node. */
  readonly gpusPerPod: number | undefined
}

export interface PresetWish {
  readonly name: string
  /** The user's own build of the preset's image. */
  readonly image: string | undefined
  readonly pullSecrets: readonly string[]
  readonly modelAccessSecret: string | undefined
}

/** Pieces of a pod that come from several fields. */
export interface PodParts {
  readonly volumes: readonly JsonObject[]
  readonly volumeMounts: readonly JsonObject[]
  readonly env: readonly JsonObject[]
  readonly args: readonly string[]
  readonly pullSecrets: readonly string[]
}

/** Nothing of all that. */
export const NO_PARTS: PodParts = { volumes: [], volumeMounts: [], env: [], args: [], pullSecrets: [] }

/** A preset and what goes with it, as kaito.sh/ annotations (without the prefix) and pieces of the pod. */
export interface ModelWish {
  readonly preset: PresetWish
  readonly annotations: Labels
  readonly parts: PodParts
}

/** What the pods shall do. */
export type Work =
  | { readonly does: 'inference'; readonly model: ModelWish }
  | { readonly does: 'template'; readonly template: JsonObject }
  | { readonly does: 'tuning'; readonly model: ModelWish }

/** One upstream object, understood. */
export interface Wish {
  readonly identity: Identity
  readonly nodes: NodesWish
  /** Undefined: that is among the mistakes. */
  readonly work: Work | undefined
  readonly replicas: ReplicasWish
  /** Where the fields of `inference` and `tuning` stand: empty, or `spec.template.`. */
  readonly path: string
}

export interface ReplicasWish {
  /** Servers that fit on one node each. */
  readonly servers: number
  /** Servers where each takes several nodes. */
  readonly groups: number
  /** Field that says so. */
  readonly field: string
  /** Deployment strategy, where the default is not meant. */
  readonly strategy?: JsonObject
}
