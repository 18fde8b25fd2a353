// Pipeline: preset. The catalogue's vocabulary: what each model needs, how each revision of it is started, and which
// instance types there are. Filled by src/catalogue from presets/*.yaml and ConfigMaps; the core only reads it.

import type { Cloud, RevisionName, Runtime } from '../api/names.ts'

/** Command-line flags by name; an empty string is a bare flag. Values are not quoted: they bring their own quotes. */
export type Flags = Readonly<Record<string, string>>

/** What sizing must know of a model (reference: KAITO's node estimator). */
export interface ModelFigures {
  /** Bytes of the weight files, from the Kubernetes quantity `size` (rounded as a quantity is: up). */
  readonly weightBytes: number
  /** KV cache bytes for one token of context. */
  readonly bytesPerToken: number
  /** The longest context that the model supports, in tokens. */
  readonly maxModelLen: number
  /** Attention heads and KV heads: tensor parallelism must divide them. Absent: unknown, then any number passes. */
  readonly attentionHeads?: number
  readonly keyValueHeads?: number
}

/** Sizing by KAITO 0.4's table figures. GiB. */
export interface TableFigures {
  readonly gpuCount: number
  readonly totalGpuMemoryGiB: number
  readonly perGpuMemoryGiB: number
}

export interface RuntimeSpec {
  /** Flags that this model always gets on this runtime (what follows from sizing and annotations is added later). */
  readonly flags: Flags
}

export interface TuningSpec {
  readonly totalGpuMemoryGiB: number
  readonly perGpuMemoryGiB?: number
  readonly gpuCount: number
  readonly diskGiB: number
  /** OCI artifact with the weights, where the trainer's image neither has nor downloads them (kaito-0.12). */
  readonly weightsImage?: string
}

/** One way to run a model: an image generation with its flags. */
export interface PresetRevision {
  readonly name: RevisionName
  /** What clients put into `model`, as upstream serves this revision (kaito-0.4: `mistral-7b`, kaito-0.12: `mistral-7b-v0.3`). */
  readonly servedModelName: string
  /** Full image reference. */
  readonly image: string
  /** True when the weights are in the image (then `weights` has no meaning). */
  readonly weightsInImage: boolean
  /** `<id>` as the server gets it (`--model`, `--pretrained_model_name_or_path`); absent where the image knows it. */
  readonly modelArgument?: string
  readonly runtimes: Readonly<Partial<Record<Runtime, RuntimeSpec>>>
  readonly figures: ModelFigures
  /** kaito-0.4 only: it is sized by these instead of the formula. */
  readonly table?: TableFigures
  /** False where the model cannot be split over GPUs (falcon-7b). */
  readonly tensorParallel: boolean
  readonly adapters: boolean
  /** Ephemeral storage that a node for it needs. */
  readonly diskGiB: number
  /** Seconds that start-up may take (upstream's readiness timeout). */
  readonly startupSeconds: number
  /** The CPU KV cache must be off (hybrid KV architectures and GptOss). */
  readonly kvOffloadDisabled: boolean
  readonly deepGemm: boolean
  readonly cudaToolkit: boolean
  readonly tuning?: TuningSpec
}

export interface Preset {
  /** The catalogue's name, lower case (`phi-4-mini-instruct`). */
  readonly name: string
  /** As upstream writes it (`microsoft/Phi-4-mini-instruct`). */
  readonly huggingFaceId: string
  /** Other names that resolve to it, lower case. */
  readonly aliases: readonly string[]
  readonly licence: string
  /** The model's pages ask for a Hugging Face token. */
  readonly gated: boolean
  readonly architectures: readonly string[]
  /** Newest first, at least one. */
  readonly revisions: readonly PresetRevision[]
}

export type GpuVendor = 'nvidia' | 'amd' | 'aws-neuron'

export interface InstanceType {
  readonly name: string
  readonly cloud: Cloud
  readonly vendor: GpuVendor
  /** As upstream's table and the node label `nvidia.com/gpu.product` call it ("NVIDIA A100"). */
  readonly gpu: string
  readonly gpuCount: number
  /** Memory of one GPU in GiB. */
  readonly gpuMemoryGiB: number
  /** CUDA compute capability; absent for other vendors. */
  readonly computeCapability?: number
  /** List price of the whole node for an hour, only where the catalogue has a source. */
  readonly pricePerHour?: number
}

export interface Catalogue {
  /** Short hash of all data: the plan records under which catalogue it was made. */
  readonly revision: string
  readonly presets: readonly Preset[]
  readonly instanceTypes: readonly InstanceType[]
}
