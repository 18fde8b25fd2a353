// Pipeline: policy. The PresetPolicy of a platform team (policy.kaito.sh/v1alpha1), typed: what its namespaces may run. An
// absent field limits nothing.
import type { Runtime } from '../api/names.ts'
import type { LabelSelector } from './label-selector.ts'
import type { Mirror } from '../api/mirrors.ts'

export const POLICY_API_VERSION = 'policy.kaito.sh/v1alpha1'
export const POLICY_KIND = 'PresetPolicy'

/**
 * - Deny: refuses.
 * - Warn: lets through and says so to the person at kubectl.
 * - Audit: lets through and says so in the API server's audit log and in metrics.
 */
export const ENFORCEMENTS = ['Deny', 'Warn', 'Audit'] as const
export type Enforcement = (typeof ENFORCEMENTS)[number]

/** Globs: allowed is what one of `allow` matches (absent: anything) and none of `deny` does. */
export interface Globs {
  readonly allow?: readonly string[]
  readonly deny: readonly string[]
}

export interface PolicyLimits {
  readonly gpusPerPod?: number
  readonly gpusPerWorkload?: number
  /** For each namespace, as are the next two. */
  readonly gpus?: number
  readonly nodes?: number
  /** In the currency of the catalogue's prices. */
  readonly costPerHour?: number
}

export interface PresetPolicy {
  readonly name: string
  readonly enforcement: Enforcement
  /** Absent: every namespace. */
  readonly namespaceSelector?: LabelSelector
  /** Added to every refusal. */
  readonly message?: string
  /** On the catalogue's name and on the Hugging Face id. */
  readonly presets: Globs
  /** Absent: all. */
  readonly runtimes?: readonly Runtime[]
  readonly instanceTypes: Globs
  /** On images, as they are pulled. */
  readonly registries: Globs
  readonly tuningHosts: Globs
  readonly limits: PolicyLimits
  readonly maxIdleGraceMs?: number
  readonly mirrors: readonly Mirror[]
}
