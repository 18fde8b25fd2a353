// Pipeline: preset. Fine-tuning figures of an entry: the same for both generations, but for where the weights come from.

import type { TuningSpec } from './catalogue.ts'
import type { TuningEntry } from './entry.ts'

/** What training needs when the trainer's image holds the weights. */
export function tuningSpec(entry: TuningEntry): TuningSpec {
  const { totalGpuMemoryGiB, gpuCount = 1, diskGiB, perGpuMemoryGiB = totalGpuMemoryGiB / gpuCount } = entry
  return { totalGpuMemoryGiB, perGpuMemoryGiB, gpuCount, diskGiB }
}

/** What training needs when the weights come as an OCI artifact. */
export function tuningSpecWithWeights(entry: TuningEntry): TuningSpec {
  const { weightsImage } = entry
  return { ...tuningSpec(entry), ...(weightsImage === undefined ? {} : { weightsImage }) }
}
