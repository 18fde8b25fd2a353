// Pipeline: sizing. What has to be placed, and what its server can do: facts about the two generations of KAITO's images
// in one table, so that no other file asks for a revision by name.
import type { RevisionName, Runtime } from '../api/names.ts'
import type { InstanceType, PresetRevision } from '../preset/catalogue.ts'
import { estimateGpus } from './estimate.ts'

/** One revision of a preset on one runtime, with the context that it must hold. */
export interface Need {
  readonly revision: PresetRevision
  readonly runtime: Runtime
  readonly contextTokens: number
}

interface Generation {
  /** The lowest CUDA compute capability that its PyTorch and vLLM run on. */
  readonly minComputeCapability: number
  /** The lowest one with data parallelism. */
  readonly minForDataParallel: number
  /** A model that fills less than half of a GPU is copied to every GPU instead of split over them. */
  readonly copiesSmallModels: boolean
  /** One replica may span nodes (Ray). */
  readonly spansNodes: boolean
}

const GENERATIONS: Readonly<Record<RevisionName, Generation>> = {
  // vLLM 0.25.1: KAITO itself keeps to 8.0 and up, https://github.com/kaito-project/kaito/pull/2185.
  'kaito-0.12': { minComputeCapability: 8, minForDataParallel: 8, copiesSmallModels: true, spansNodes: true },
  // vLLM 0.8.5 runs from 7.0 on, but has data parallelism in its V1 engine only, which needs 8.0:
  // https://docs.vllm.ai/en/v0.8.5/getting_started/v1_user_guide.html
  'kaito-0.4': {
    minComputeCapability: 7,
    minForDataParallel: 8,
    copiesSmallModels: false,
    spansNodes: false,
  },
}

/** What the images of this revision can do. */
export function generationOf(revision: PresetRevision): Generation {
  return GENERATIONS[revision.name]
}

/** True when the images of this revision run on the type's GPUs; an unknown compute capability does not count. */
export function runsOn(revision: PresetRevision, type: InstanceType): boolean {
  return (
    type.vendor === 'nvidia' && (type.computeCapability ?? 0) >= generationOf(revision).minComputeCapability
  )
}

/** The newest revision that runs on the type's GPUs; where none does, the one that asks least of them. */
export function newestFor(needs: readonly Need[], type: InstanceType): Need {
  return needs.find(({ revision }) => runsOn(revision, type)) ?? needs.reduce(lessDemanding)
}

/** GPUs of this type that the model takes when a pod has `gpus` of them; Infinity when no number of them would do. */
export function neededGpus(need: Need, type: InstanceType, gpus: number): number {
  const { figures, table } = need.revision
  if (table === undefined) {
    return (
      estimateGpus(figures, gpus, type.gpuMemoryGiB, need.contextTokens)?.minGpus ?? Number.POSITIVE_INFINITY
    )
  }
  if (type.gpuMemoryGiB < table.perGpuMemoryGiB) return Number.POSITIVE_INFINITY
  return Math.max(table.gpuCount, Math.ceil(table.totalGpuMemoryGiB / type.gpuMemoryGiB))
}

function lessDemanding(a: Need, b: Need): Need {
  return generationOf(b.revision).minComputeCapability < generationOf(a.revision).minComputeCapability ? b : a
}
