import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { InstanceType, ModelFigures } from '../../../src/core/preset/catalogue.ts'
import { estimateGpus, gpuMemoryBytes } from '../../../src/core/sizing/estimate.ts'
import {
  A100X1,
  A100X4,
  A10GX4,
  A10X1,
  DEEPSEEK_V3,
  H100X8,
  LLAMA_70B,
  makeFigures,
  PHI_4_MINI,
  QWEN_CODER_32B,
} from './builders.ts'

interface Example {
  readonly name: string
  readonly figures: ModelFigures
  readonly type: InstanceType
  readonly gpus: number
  readonly nodes: number
}

// KAITO v0.12's own results at 2048 tokens, whole nodes.
const WORKED: readonly Example[] = [
  { name: 'phi-4-mini', figures: PHI_4_MINI, type: A10X1, gpus: 1, nodes: 1 },
  { name: 'phi-4-mini', figures: PHI_4_MINI, type: A100X1, gpus: 1, nodes: 1 },
  { name: 'phi-4-mini', figures: PHI_4_MINI, type: A100X4, gpus: 1, nodes: 1 },
  { name: 'phi-4-mini', figures: PHI_4_MINI, type: H100X8, gpus: 1, nodes: 1 },
  { name: 'llama-3.3-70b', figures: LLAMA_70B, type: A10X1, gpus: 9, nodes: 9 },
  { name: 'llama-3.3-70b', figures: LLAMA_70B, type: A100X1, gpus: 3, nodes: 3 },
  { name: 'llama-3.3-70b', figures: LLAMA_70B, type: A100X4, gpus: 3, nodes: 1 },
  { name: 'llama-3.3-70b', figures: LLAMA_70B, type: H100X8, gpus: 3, nodes: 1 },
  { name: 'deepseek-v3', figures: DEEPSEEK_V3, type: A10X1, gpus: 39, nodes: 39 },
  { name: 'deepseek-v3', figures: DEEPSEEK_V3, type: A100X1, gpus: 11, nodes: 11 },
  { name: 'deepseek-v3', figures: DEEPSEEK_V3, type: A100X4, gpus: 11, nodes: 3 },
  { name: 'deepseek-v3', figures: DEEPSEEK_V3, type: H100X8, gpus: 11, nodes: 2 },
  { name: 'qwen2.5-coder-32b', figures: QWEN_CODER_32B, type: A100X1, gpus: 2, nodes: 2 },
]

describe('estimateGpus', () => {
  for (const { name, figures, type, gpus, nodes } of WORKED) {
    it(`${name} on ${type.name}: ${gpus} GPUs, ${nodes} nodes`, () => {
      const estimate = estimateGpus(figures, type.gpuCount, type.gpuMemoryGiB)
      assert.deepEqual(estimate, { minGpus: gpus })
      assert.equal(Math.ceil(gpus / type.gpuCount), nodes)
    })
  }

  // Quotients next to a whole number: the fourth decimal decides between one GPU and two.
  it('rounds as upstream where the quotient is next to a whole number', () => {
    const granite = makeFigures(16.38, 163_840)
    assert.deepEqual(estimateGpus(granite, 1, 24), { minGpus: 1 })
    const nemotron = makeFigures(16.56, 229_376)
    assert.deepEqual(estimateGpus(nemotron, 4, A10GX4.gpuMemoryGiB), { minGpus: 1 })
    assert.deepEqual(estimateGpus(nemotron, 2, 24), { minGpus: 2 })
    const minimax = makeFigures(214.34, 253_952)
    assert.deepEqual(estimateGpus(minimax, 2, 94), { minGpus: 4 })
  })

  it('finds a GPU too small that overhead and KV cache fill', () => {
    assert.equal(estimateGpus(PHI_4_MINI, 1, 2), undefined)
    assert.equal(estimateGpus(PHI_4_MINI, 1, 24, 1_000_000), undefined)
    assert.ok(estimateGpus(PHI_4_MINI, 8, 24, 1_000_000), 'eight GPUs share the KV cache')
  })

  it('takes 2048 tokens where no context is given', () => {
    const given = estimateGpus(LLAMA_70B, 1, 24, 2048)
    assert.deepEqual(estimateGpus(LLAMA_70B, 1, 24), given)
    assert.notDeepEqual(estimateGpus(LLAMA_70B, 1, 24, 32_768), given)
  })

  it('counts a GPU in whole bytes', () => {
    assert.equal(gpuMemoryBytes(80), 85_899_345_920)
    assert.equal(gpuMemoryBytes(79.3), Math.floor(79.3 * 1024 * 1024 * 1024))
  })

  it('never asks for more GPUs when each has more memory, or the context is shorter', () => {
    const model = fc.record({
      weightBytes: fc.integer({ min: 1, max: 1e12 }),
      bytesPerToken: fc.integer({ min: 1, max: 1e6 }),
      maxModelLen: fc.constant(131_072),
    })
    const memory = fc.integer({ min: 1, max: 200 })
    const tokens = fc.integer({ min: 1, max: 131_072 })
    fc.assert(
      fc.property(
        model,
        fc.integer({ min: 1, max: 16 }),
        memory,
        memory,
        tokens,
        tokens,
        (figures, gpus, m, more, t, less) => {
          const tight = estimateGpus(figures, gpus, Math.min(m, more), Math.max(t, less))?.minGpus ?? Infinity
          const wide = estimateGpus(figures, gpus, Math.max(m, more), Math.min(t, less))?.minGpus ?? Infinity
          assert.ok(wide <= tight, `${wide} > ${tight}`)
          assert.ok(wide >= 1)
        },
      ),
    )
  })
})
