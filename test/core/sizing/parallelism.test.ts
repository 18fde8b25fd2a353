import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InstanceType } from '../../../src/core/preset/catalogue.ts'
import type { Need } from '../../../src/core/sizing/need.ts'
import { acceptsTensor, largestTensor, parallelismFor } from '../../../src/core/sizing/parallelism.ts'
import {
  A100X4,
  A100X8,
  A10GX4,
  A10GX8,
  A10X2,
  FALCON_7B,
  H100X8,
  LLAMA_70B,
  makeFigures,
  makeInstanceType,
  makeLegacyRevision,
  makeNeed,
  makeRevision,
  parallelismText,
  PHI_4,
  PHI_4_MINI,
  QWEN_CODER_7B,
  V100X4,
} from './builders.ts'

const small = { gpuCount: 1, totalGpuMemoryGiB: 9, perGpuMemoryGiB: 0 }
const V100X8_32 = makeInstanceType({
  gpu: 'NVIDIA V100',
  gpuCount: 8,
  gpuMemoryGiB: 32,
  computeCapability: 7,
})
const need = makeNeed
const modern = makeRevision

interface Case {
  readonly name: string
  readonly need: Need
  readonly type: InstanceType
  readonly gpus: number
  /** data/tensor/pipeline */
  readonly want: string
}

const CASES: readonly Case[] = [
  { name: 'one GPU', need: need(modern(PHI_4_MINI)), type: A10X2, gpus: 1, want: '1/1/1' },
  { name: 'a small model is copied', need: need(modern(PHI_4_MINI)), type: A100X4, gpus: 4, want: '4/1/1' },
  { name: 'a small model, any number', need: need(modern(PHI_4_MINI)), type: A100X4, gpus: 3, want: '3/1/1' },
  {
    name: 'exactly half of a GPU is not small',
    need: need(modern(makeFigures(12, 1000, [32, 8]))),
    type: A10GX4,
    gpus: 2,
    want: '1/2/1',
  },
  {
    name: 'just under half of a GPU is small',
    need: need(modern(makeFigures(11.99, 1000, [32, 8]))),
    type: A10GX4,
    gpus: 2,
    want: '2/1/1',
  },
  {
    name: 'a small model whose KV cache fills a GPU is split, not copied',
    need: need(modern(PHI_4_MINI), { contextTokens: 131_072 }),
    type: A10X2,
    gpus: 2,
    want: '1/2/1',
  },
  { name: 'a large model is split', need: need(modern(LLAMA_70B)), type: H100X8, gpus: 8, want: '1/8/1' },
  { name: 'phi-4 on 4 × 24: 10 KV heads', need: need(modern(PHI_4)), type: A10GX4, gpus: 4, want: '2/2/1' },
  { name: 'phi-4 on 8 × 40: 10 KV heads', need: need(modern(PHI_4)), type: A100X8, gpus: 8, want: '4/2/1' },
  { name: 'phi-4 on 8 × 80: small', need: need(modern(PHI_4)), type: H100X8, gpus: 8, want: '8/1/1' },
  { name: 'phi-4 on 2 × 24', need: need(modern(PHI_4)), type: A10GX4, gpus: 2, want: '1/2/1' },
  { name: 'phi-4 on 3 × 24: nothing starts', need: need(modern(PHI_4)), type: A10GX4, gpus: 3, want: 'none' },
  {
    name: 'qwen2.5-coder-7b on 8 × 24',
    need: need(modern(QWEN_CODER_7B)),
    type: A10GX8,
    gpus: 8,
    want: '2/4/1',
  },
  {
    name: 'qwen2.5-coder-7b on 8 × 80',
    need: need(modern(QWEN_CODER_7B)),
    type: H100X8,
    gpus: 8,
    want: '8/1/1',
  },
  {
    name: 'unknown heads pass',
    need: need(modern(makeFigures(40, 1000))),
    type: A100X8,
    gpus: 7,
    want: '1/7/1',
  },
  {
    name: 'transformers spreads by itself',
    need: need(modern(PHI_4), { runtime: 'transformers' }),
    type: A10GX4,
    gpus: 3,
    want: '1/1/1',
  },
  {
    name: 'kaito-0.4 splits small models too',
    need: need(makeLegacyRevision(PHI_4_MINI, small)),
    type: V100X4,
    gpus: 4,
    want: '1/4/1',
  },
  {
    name: 'kaito-0.4 fills up on 8.0',
    need: need(makeLegacyRevision(QWEN_CODER_7B, { ...small, totalGpuMemoryGiB: 24 })),
    type: A10GX8,
    gpus: 8,
    want: '2/4/1',
  },
  {
    name: 'kaito-0.4 has no data parallelism below 8.0',
    need: need(makeLegacyRevision(QWEN_CODER_7B, { ...small, totalGpuMemoryGiB: 24 })),
    type: V100X8_32,
    gpus: 8,
    want: 'none',
  },
  {
    name: 'kaito-0.4, falcon-7b: one GPU does the work',
    need: need(makeLegacyRevision(FALCON_7B, { ...small, totalGpuMemoryGiB: 14 }, { tensorParallel: false })),
    type: V100X4,
    gpus: 2,
    want: '1/1/1',
  },
  {
    name: 'kaito-0.4, not splittable, and one GPU is too small',
    need: need(makeLegacyRevision(FALCON_7B, { ...small, totalGpuMemoryGiB: 14 }, { tensorParallel: false })),
    type: makeInstanceType({ gpuCount: 2, gpuMemoryGiB: 8, computeCapability: 7.5 }),
    gpus: 2,
    want: 'none',
  },
]

describe('parallelismFor', () => {
  for (const { name, need: given, type, gpus, want } of CASES) {
    it(`${name}: ${want}`, () => assert.equal(parallelismText(parallelismFor(given, type, gpus)), want))
  }
})

const accepted = (attention: number, keyValue: number): number[] =>
  [1, 2, 3, 4, 5, 6, 7, 8, 10, 16].filter(tensor =>
    acceptsTensor(makeRevision(makeFigures(1, 1, [attention, keyValue])), tensor),
  )

describe('acceptsTensor', () => {
  it('divides attention heads, and divides or repeats KV heads', () => {
    assert.deepEqual(accepted(40, 10), [1, 2, 5, 10])
    assert.deepEqual(accepted(28, 4), [1, 2, 4])
    assert.deepEqual(accepted(64, 8), [1, 2, 4, 8, 16])
    assert.deepEqual(accepted(32, 2), [1, 2, 4, 8, 16])
    assert.deepEqual(accepted(71, 1), [1])
    assert.deepEqual(accepted(24, 8), [1, 2, 4, 8])
  })

  it('accepts only 1 where the model has no tensor parallelism', () => {
    const revision = makeRevision(LLAMA_70B, { tensorParallel: false })
    assert.deepEqual(
      [1, 2, 4].map(tensor => acceptsTensor(revision, tensor)),
      [true, false, false],
    )
  })
})

describe('largestTensor', () => {
  it('takes what vLLM accepts, up to the number of GPUs', () => {
    assert.equal(largestTensor(makeRevision(PHI_4), 8), 5)
    assert.equal(largestTensor(makeRevision(PHI_4), 1), 1)
    assert.equal(largestTensor(makeRevision(LLAMA_70B), 8), 8)
    assert.equal(largestTensor(makeRevision(FALCON_7B, { tensorParallel: false }), 8), 1)
  })

  it('ends at once for an absurd number', () => {
    assert.equal(largestTensor(makeRevision(LLAMA_70B), Number.MAX_SAFE_INTEGER), 64)
  })

  it('is at once found for an absurd number of GPUs of a model with unknown attention heads', () => {
    const { attentionHeads: _, ...unknownHeads } = PHI_4
    const revision = { ...makeRevision(PHI_4), figures: unknownHeads }
    assert.equal(largestTensor(revision, Number.MAX_SAFE_INTEGER) % 10, 0)
  })

  it('is what counting down one by one finds', () => {
    for (const attentionHeads of [1, 28, 40, 64, 71]) {
      for (const keyValueHeads of [1, 2, 4, 10, 71]) {
        const revision = { ...makeRevision(PHI_4), figures: { ...PHI_4, attentionHeads, keyValueHeads } }
        for (let gpus = 1; gpus <= 100; gpus++) {
          const numbers = Array.from({ length: gpus }, (__, index) => gpus - index)
          const want = numbers.find(tensor => tensor <= attentionHeads && acceptsTensor(revision, tensor))
          assert.equal(largestTensor(revision, gpus), want)
        }
      }
    }
  })
})
