// Pipeline: policy. A decision as policies look at it: what would run, where it says so, and how much of it. What is not known
// (of a workload that is refused anyway) is absent, and no rule has an opinion on it.
import type { FieldError } from '../api/field-error.ts'
import type { Runtime } from '../api/names.ts'
import type { WorkloadName } from './policy-facts.ts'

/** A name, and the field that a person would change. */
export interface Named {
  readonly field: string
  readonly name: string
}

export interface JudgedType {
  readonly name: string
  readonly pricePerHour?: number
}

/** Pods that the workload wants, and what they take. */
export interface Wanted {
  readonly pods: number
  readonly gpusPerPod: number
  readonly nodes: number
}

export interface Judged {
  readonly workload: WorkloadName
  /** The catalogue's name, and the Hugging Face id where the catalogue (still) knows it. */
  readonly preset?: { readonly name: string; readonly huggingFaceId?: string }
  readonly runtime?: Runtime
  /** In order of preference. */
  readonly instanceTypes: readonly JudgedType[]
  /** As they are pulled, mirrors applied; asked for only where a policy looks at images. */
  readonly images: () => readonly Named[]
  /** Hosts of tuning data. */
  readonly hosts: readonly Named[]
  readonly idleGraceMs?: number
  readonly wanted?: Wanted
  readonly fields: JudgedFields
}

/** Where a person would change it. */
export interface JudgedFields {
  readonly preset: string
  readonly runtime: string
  readonly instanceType: string
  readonly idleGrace: string
  readonly gpus: string
  /** Of the number of pods. */
  readonly pods: string
}

/** One thing that a policy does not allow. */
export interface Finding extends Omit<FieldError, 'type' | 'policy'> {
  readonly type?: FieldError['type']
  /** The field of the policy: `presets`, `limits.gpus`. */
  readonly rule: string
  /** Of a limit: how much this workload wants. An update that wants no more than before introduces nothing. */
  readonly amount?: number
}
