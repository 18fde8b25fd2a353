// Pipeline: preset. An entry as presets/*.yaml has it, after validation by presets/preset.schema.json: only what cannot
// be derived. `generatePreset` makes the catalogue's Preset of it.

import type { GpuVendor } from './catalogue.ts'

/** `flag=value` or a bare flag, without dashes. */
export type FlagText = string

export interface PresetEntry {
  readonly id: string
  readonly name?: string
  readonly aliases?: readonly string[]
  readonly licence?: string
  readonly gated?: boolean
  /** Kubernetes quantity, as upstream writes it: `7.15Gi`. */
  readonly size: string
  readonly format?: 'mistral'
  /** `quantization_config.quant_method`; absent: bfloat16 weights. */
  readonly quantisation?: string
  readonly architectures: readonly string[]
  readonly config: ModelConfig
  readonly tuning?: TuningEntry
  readonly 'kaito-0.12'?: false | Kaito012Entry
  readonly 'kaito-0.4'?: Kaito04Entry
}

interface AnyConfig {
  readonly maxModelLen: number
  readonly heads?: number
  readonly kvHeads?: number
}

export interface MultiHeadConfig extends AnyConfig {
  readonly layers: number
  readonly heads: number
}

/** The numbers of config.json: one of the four forms from which the KV cache follows. */
export type ModelConfig =
  | (AnyConfig & { readonly bytesPerToken: number })
  | (AnyConfig & { readonly layers: number; readonly kvLoraRank: number; readonly qkRopeHeadDim: number })
  | (MultiHeadConfig & { readonly headDim: number })
  | (MultiHeadConfig & { readonly hiddenSize: number })

export interface TuningEntry {
  readonly totalGpuMemoryGiB: number
  readonly perGpuMemoryGiB?: number
  readonly gpuCount?: number
  readonly diskGiB: number
  readonly weightsImage?: string
}

interface RevisionEntry {
  readonly image?: string
  readonly vllm?: readonly FlagText[]
  readonly transformers?: readonly FlagText[]
  readonly chatTemplate?: string
  readonly diskGiB?: number
  readonly startupSeconds?: number
  readonly tensorParallel?: boolean
  readonly adapters?: boolean
}

export interface Kaito012Entry extends RevisionEntry {
  readonly toolCallParser?: string
  readonly reasoningParser?: string
  readonly kvOffloadDisabled?: boolean
  readonly deepGemm?: boolean
  readonly cudaToolkit?: boolean
}

export interface Kaito04Entry extends RevisionEntry {
  readonly name?: string
  readonly weightsInImage?: boolean
  readonly totalGpuMemoryGiB: number
  readonly perGpuMemoryGiB?: number
  readonly gpuCount?: number
}

/** A row of presets/instance-types/*.yaml, after validation by presets/instance-types.schema.json. */
export interface InstanceTypeEntry {
  readonly name: string
  readonly gpu: string
  readonly gpuCount: number
  readonly gpuMemoryGiB: number
  readonly vendor?: GpuVendor
  readonly computeCapability?: number
  readonly price?: { readonly perHour: number }
}
