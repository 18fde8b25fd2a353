// Pipeline: sizing. How a server spreads over its GPUs: KAITO's rule, but never a tensor parallelism at which vLLM stops
// (upstream emits those too: phi-4 has 10 KV heads, and its rule gives 4 and 8).
import type { Parallelism } from '../api/plan.ts'
import type { InstanceType, PresetRevision } from '../preset/catalogue.ts'
import { gpuMemoryBytes } from './estimate.ts'
import { generationOf, neededGpus, type Need } from './need.ts'

/** One process on one GPU; also what Transformers gets, which spreads by its device map instead of by flags. */
export const SINGLE: Parallelism = { tensor: 1, pipeline: 1, data: 1 }

/**
 * The parallelism of a pod with `gpus` GPUs on which the model fits, or undefined where none starts:
 *
 * | model                                   | tensor             | data       |
 * |-----------------------------------------|--------------------|------------|
 * | less than half of one GPU (kaito-0.12)  | 1                  | gpus       |
 * | its heads divide by `gpus`              | gpus               | 1          |
 * | kaito-0.4, not splittable (falcon-7b)   | 1                  | 1          |
 * | else, where data parallelism exists     | largest that fits  | the rest   |
 */
export function parallelismFor(need: Need, type: InstanceType, gpus: number): Parallelism | undefined {
  if (gpus === 1 || need.runtime === 'transformers') return SINGLE
  const generation = generationOf(need.revision)
  if (generation.copiesSmallModels && isSmall(need, type)) return { tensor: 1, pipeline: 1, data: gpus }
  if (acceptsTensor(need.revision, gpus)) return { tensor: gpus, pipeline: 1, data: 1 }
  if (!generation.copiesSmallModels && !need.revision.tensorParallel)
    return fitsOn(need, type, 1) ? SINGLE : undefined
  const hasDataParallel = (type.computeCapability ?? 0) >= generation.minForDataParallel
  return hasDataParallel ? filledUp(need, type, gpus) : undefined
}

/**
 * True when vLLM starts at this tensor parallelism: it divides the attention heads, and divides or repeats the KV heads
 * (QKVParallelLinear, https://github.com/vllm-project/vllm/blob/v0.8.5/vllm/model_executor/layers/linear.py).
 * Unknown heads pass.
 */
export function acceptsTensor(revision: PresetRevision, tensor: number): boolean {
  if (tensor === 1) return true
  if (!revision.tensorParallel) return false
  const { attentionHeads, keyValueHeads } = revision.figures
  if (attentionHeads !== undefined && attentionHeads % tensor !== 0) return false
  if (keyValueHeads === undefined) return true
  return tensor < keyValueHeads ? keyValueHeads % tensor === 0 : tensor % keyValueHeads === 0
}

/** The largest tensor parallelism up to `gpus` that vLLM accepts, whether or not the model fits. */
export function largestTensor(revision: PresetRevision, gpus: number): number {
  if (!revision.tensorParallel) return 1
  const { attentionHeads = gpus, keyValueHeads = 1 } = revision.figures
  const most = Math.min(gpus, attentionHeads)
  // From the KV heads up only their multiples are accepted: a step of one would take for ever for an absurd number of GPUs.
  const step = most >= keyValueHeads ? keyValueHeads : 1
  let tensor = most - (most % step)
  while (tensor > 1 && !acceptsTensor(revision, tensor)) tensor -= tensor > keyValueHeads ? step : 1
  return Math.max(tensor, 1)
}

/**
 * KAITO's rule (weights × GPUs × 2 < memory of all GPUs), and the model must fit on one GPU alone: with a long context
 * each copy holds a whole KV cache, which vLLM refuses to start without.
 */
function isSmall(need: Need, type: InstanceType): boolean {
  return need.revision.figures.weightBytes * 2 < gpuMemoryBytes(type.gpuMemoryGiB) && fitsOn(need, type, 1)
}

function filledUp(need: Need, type: InstanceType, gpus: number): Parallelism | undefined {
  for (let tensor = Math.floor(gpus / 2); tensor >= 1; tensor -= 1) {
    if (gpus % tensor === 0 && acceptsTensor(need.revision, tensor) && fitsOn(need, type, tensor)) {
      return { tensor, pipeline: 1, data: gpus / tensor }
    }
  }
  return undefined
}

function fitsOn(need: Need, type: InstanceType, gpus: number): boolean {
  return neededGpus(need, type, gpus) <= gpus
}
