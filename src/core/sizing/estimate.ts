// Pipeline: sizing. KAITO's published estimate of the GPUs that a model needs, on bytes; the numbers are upstream's, so
// that a plan made here can be compared with a Workspace's.
// https://github.com/kaito-project/kaito/blob/v0.12.0/pkg/workspace/estimator/nodesestimator/estimator.go
import type { ModelFigures } from '../preset/catalogue.ts'

export const GIB = 2 ** 30

/** The context that sizing assumes where the user names none: upstream's default, not the model's maximum. */
export const DEFAULT_CONTEXT_TOKENS = 2048

/** Part of a GPU's memory that vLLM may take. The estimate uses 0.84 on every GPU, also where the command says 0.82. */
const MEMORY_UTILIZATION = 0.84
/** Weights in GPU memory are about 2 % larger than their files (alignment, buffers). */
const WEIGHT_EXPANSION = 1.02
/** On each GPU: 0.6 GiB outside PyTorch (CUDA context, NCCL) and 1.7 GiB of activations and CUDA graphs. */
const BASE_OVERHEAD_BYTES = (0.6 + 1.7) * GIB
/** Overhead that grows with the weights on a GPU: 5 % of them. */
const OVERHEAD_FOR_WEIGHTS = 0.05

/**
 * GPUs that the model needs when each server has `gpuCount` of them (they share the KV cache) with `gpuMemoryGiB` each.
 * Undefined: overhead and KV cache alone fill such a GPU.
 */
export function estimateGpus(
  figures: ModelFigures,
  gpuCount: number,
  gpuMemoryGiB: number,
  contextTokens: number = DEFAULT_CONTEXT_TOKENS,
): { readonly minGpus: number } | undefined {
  const available = gpuMemoryBytes(gpuMemoryGiB) * MEMORY_UTILIZATION
  const fixed = BASE_OVERHEAD_BYTES + (contextTokens * figures.bytesPerToken) / gpuCount
  if (!(available > fixed)) return undefined
  const weightsPerGpu = (available - fixed) / (1 + OVERHEAD_FOR_WEIGHTS)
  return { minGpus: Math.floor((figures.weightBytes * WEIGHT_EXPANSION) / weightsPerGpu) + 1 }
}

/** Memory of one GPU in whole bytes, as upstream's integer division gives it. */
export function gpuMemoryBytes(gpuMemoryGiB: number): number {
  return Math.floor(gpuMemoryGiB * GIB)
}
