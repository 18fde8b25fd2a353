import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InstanceType, PresetRevision } from '../../../src/core/preset/catalogue.ts'
import { commandSettings } from '../../../src/core/sizing/command-settings.ts'
import {
  A100X1,
  A100X4,
  A10GX4,
  A10X1,
  H100X8,
  makeCatalogue,
  makeInstanceType,
  makeLegacyRevision,
  makeRevision,
  PHI_4_MINI,
  V100X1,
} from './builders.ts'

const modern = makeRevision(PHI_4_MINI)
const legacy = makeLegacyRevision(PHI_4_MINI, { gpuCount: 1, totalGpuMemoryGiB: 9, perGpuMemoryGiB: 0 })

interface Options {
  readonly gpusPerPod?: number
  readonly data?: number
  readonly pipeline?: number
}

function settings(
  revision: PresetRevision,
  types: readonly InstanceType[],
  options: Options = {},
  runtime: 'vllm' | 'transformers' = 'vllm',
) {
  const { gpusPerPod = 1, data = 1, pipeline = 1 } = options
  const instanceTypes = types.map(({ name }) => name)
  const placement = {
    instanceTypes,
    gpusPerPod,
    podsPerNode: 1,
    nodesPerReplica: pipeline,
    parallelism: { tensor: 1, pipeline, data },
  }
  return commandSettings(placement, revision, runtime, makeCatalogue(...types))
}

describe('commandSettings', () => {
  it('kaito-0.12: 0.84, 0.82 as soon as one type has exactly an A10', () => {
    assert.equal(settings(modern, [A100X1]).gpuMemoryUtilization, '0.84')
    assert.equal(settings(modern, [A10GX4]).gpuMemoryUtilization, '0.84')
    assert.equal(settings(modern, [A100X1, A10X1]).gpuMemoryUtilization, '0.82')
    assert.equal(settings(modern, []).gpuMemoryUtilization, '0.84')
  })

  it('kaito-0.4: all but 1.5 GiB of the smallest GPU, at most 0.95', () => {
    const want = new Map([
      [8, '0.81'],
      [16, '0.90'],
      [24, '0.93'],
      [30, '0.95'],
      [40, '0.95'],
      [80, '0.95'],
    ])
    for (const [gpuMemoryGiB, utilization] of want) {
      assert.equal(settings(legacy, [makeInstanceType({ gpuMemoryGiB })]).gpuMemoryUtilization, utilization)
    }
    assert.equal(settings(legacy, [A100X1, V100X1]).gpuMemoryUtilization, '0.90')
    assert.equal(settings(legacy, []).gpuMemoryUtilization, '0.90')
  })

  it('turns the CPU KV cache off where servers share a node, span nodes, or the model cannot use it', () => {
    assert.equal(settings(modern, [A100X1]).kvOffloadOff, false)
    assert.equal(settings(modern, [A100X4], { gpusPerPod: 4 }).kvOffloadOff, false)
    assert.equal(settings(modern, [A100X4], { gpusPerPod: 3 }).kvOffloadOff, false)
    assert.equal(settings(modern, [A100X4], { gpusPerPod: 2 }).kvOffloadOff, true)
    assert.equal(settings(modern, [A100X1, A100X4]).kvOffloadOff, true)
    assert.equal(settings(modern, [A100X4], { gpusPerPod: 4, data: 4 }).kvOffloadOff, true)
    assert.equal(settings(modern, [H100X8], { gpusPerPod: 8, pipeline: 2 }).kvOffloadOff, true)
    assert.equal(settings({ ...modern, kvOffloadDisabled: true }, [A100X1]).kvOffloadOff, true)
  })

  it('kaito-0.4 has no CPU KV cache', () => {
    assert.equal(settings(legacy, [A100X4], { data: 2 }).kvOffloadOff, false)
  })

  it('says nothing to transformers', () => {
    const nothing = { gpuMemoryUtilization: undefined, kvOffloadOff: false }
    assert.deepEqual(settings(modern, [A10X1], {}, 'transformers'), nothing)
    assert.deepEqual(settings(legacy, [A10X1], {}, 'transformers'), nothing)
  })

  it('finds types in any case of letters', () => {
    const placement = {
      instanceTypes: [A10X1.name.toUpperCase()],
      gpusPerPod: 1,
      podsPerNode: 1,
      nodesPerReplica: 1,
      parallelism: { tensor: 1, pipeline: 1, data: 1 },
    }
    assert.equal(
      commandSettings(placement, modern, 'vllm', makeCatalogue(A10X1)).gpuMemoryUtilization,
      '0.82',
    )
  })
})
