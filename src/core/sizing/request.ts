// Pipeline: sizing. What is asked of placement, and where the user wrote it.
import type { Cloud, RevisionName, Runtime } from '../api/names.ts'
import type { InstanceType, Preset } from '../preset/catalogue.ts'

/** What the user chose of the server; whatever is absent is kaito-native's choice. */
export interface ServerRequest {
  readonly preset: Preset
  /** Pins a revision. */
  readonly revision?: RevisionName | undefined
  readonly runtime?: Runtime | undefined
  /** Context length in tokens. */
  readonly contextTokens?: number | undefined
}

/** Paths for errors. */
export interface ServerFields {
  readonly preset: string
  readonly runtime: string
  readonly maxModelLen: string
}

export interface PlacementRequest extends ServerRequest {
  /** In order of preference, in any case of letters; empty: auto. */
  readonly instanceTypes: readonly string[]
  /** GPUs that the user's container asks for. */
  readonly gpusPerPod?: number | undefined
  /** Whose instance types `auto` chooses from. */
  readonly cloud: Cloud
  /** "Does not fit" becomes a warning. */
  readonly bypassChecks: boolean
  /** Of `auto`: more GPUs for a pod than this are not to be had. */
  readonly maxGpusPerPod?: number | undefined
  /** A replica may span nodes. */
  readonly multiNode: boolean
  /** Nodes of a replica where the user names a number above one. */
  readonly nodes?: number | undefined
  /** What a replica over several nodes would take, where it may not span them. */
  readonly oneNodeReason?: string | undefined
  /** The types that `auto` chooses from where these are known: those of the cluster's own nodes. */
  readonly existing?: readonly InstanceType[] | undefined
  readonly fields: PlacementFields
}

/** Paths for errors. */
export interface PlacementFields extends ServerFields {
  readonly instanceType: string
  readonly gpus: string
}
