// Pipeline: placement → the parts of the server's command line that depend on the GPUs. One command serves every listed
// type, so a value that differs by type is the lowest of them.
import type { Runtime } from '../api/names.ts'
import type { Placement } from '../api/plan.ts'
import type { Catalogue, InstanceType, PresetRevision } from '../preset/catalogue.ts'
import { knownInstanceTypes } from './instance-types.ts'

export interface CommandSettings {
  /** `--gpu-memory-utilization`, two decimals; undefined: no such flag. */
  readonly gpuMemoryUtilization: string | undefined
  /** `--kaito-kv-cache-cpu-memory-utilization=0`: the CPU KV cache must be off. */
  readonly kvOffloadOff: boolean
}

/** Settings of the command for this placement; types that the catalogue does not know change nothing. */
export function commandSettings(
  placement: Placement,
  revision: PresetRevision,
  runtime: Runtime,
  catalogue: Catalogue,
): CommandSettings {
  if (runtime === 'transformers') return { gpuMemoryUtilization: undefined, kvOffloadOff: false }
  const types = knownInstanceTypes(placement.instanceTypes, catalogue)
  if (revision.name === 'kaito-0.4')
    return { gpuMemoryUtilization: legacyUtilization(types), kvOffloadOff: false }
  return {
    gpuMemoryUtilization: utilization(types),
    kvOffloadOff: isKvOffloadOff(placement, revision, types),
  }
}

/** KAITO 0.12: 0.84, and 0.82 where the model of the GPU is exactly "NVIDIA A10" (pkg/model/interface.go:381-426). */
function utilization(types: readonly InstanceType[]): string {
  return types.some(({ gpu }) => gpu === 'NVIDIA A10') ? '0.82' : '0.84'
}

/** KAITO 0.4.6: all but 1.5 GiB, at most 0.95; 0.90 where the instance type is unknown. */
function legacyUtilization(types: readonly InstanceType[]): string {
  if (types.length === 0) return '0.90'
  const memoryGiB = Math.min(...types.map(({ gpuMemoryGiB }) => gpuMemoryGiB))
  return Math.min(0.95, Math.floor((1 - 1.5 / memoryGiB) * 100) / 100).toFixed(2)
}

/**
 * The cache takes half of the *node's* memory for one server, so it must be off where several servers share a node: data
 * parallel ranks as well as pods. Ray and hybrid KV caches do not work with it (KAITO's own rule).
 */
function isKvOffloadOff(
  placement: Placement,
  revision: PresetRevision,
  types: readonly InstanceType[],
): boolean {
  const { parallelism, gpusPerPod } = placement
  return (
    revision.kvOffloadDisabled ||
    parallelism.data > 1 ||
    parallelism.pipeline > 1 ||
    types.some(({ gpuCount }) => Math.floor(gpuCount / gpusPerPod) > 1)
  )
}
