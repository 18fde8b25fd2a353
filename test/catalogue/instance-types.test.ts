// The packaged instance types against KAITO's own tables (every release from 0.4.0 to 0.12.0), and against each other.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { CLOUDS } from '../../src/core/api/names.ts'
import { packaged } from '../core/preset/packaged.ts'

interface Upstream {
  readonly cloud: string
  readonly name: string
  readonly gpu: string
  readonly gpuCount: number
  readonly totalGpuMemoryGiB: number
  readonly vendor: string
  readonly computeCapability: number | null
}

const file = new URL('../fixtures/gpu-instance-types.json', import.meta.url)
const upstream: readonly Upstream[] = JSON.parse(readFileSync(file, 'utf8'))
const ours = new Map(packaged.instanceTypes.map(type => [type.name, type]))

describe('instance types', () => {
  it("of Azure, AWS and Arc are exactly upstream's", () => {
    const names = packaged.instanceTypes.filter(type => type.cloud !== 'gcp').map(type => type.name)
    assert.deepEqual(names.toSorted(), upstream.map(one => one.name).toSorted())
    assert.equal(names.length, 98)
  })

  for (const want of upstream) {
    it(`${want.name} is what upstream's table says`, () => {
      const type = ours.get(want.name)
      assert.ok(type)
      assert.equal(type.cloud, want.cloud)
      assert.equal(type.gpu, want.gpu)
      assert.equal(type.gpuCount, want.gpuCount)
      assert.equal(type.vendor, want.vendor)
      assert.equal(type.gpuMemoryGiB * type.gpuCount, want.totalGpuMemoryGiB)
      if (want.computeCapability !== null) assert.equal(type.computeCapability, want.computeCapability)
    })
  }

  it('have the compute capability of their GPU, the same on every cloud, and only NVIDIA has one', () => {
    const known = {
      'NVIDIA K80': 3.7,
      'NVIDIA M60': 5.2,
      'NVIDIA V100': 7,
      'NVIDIA T4': 7.5,
      'NVIDIA A100': 8,
      'NVIDIA A10': 8.6,
      'NVIDIA A10G': 8.6,
      'NVIDIA A16': 8.6,
      'NVIDIA A2': 8.6,
      'NVIDIA L4': 8.9,
      'NVIDIA H100': 9,
      'NVIDIA H200': 9,
      'NVIDIA B200': 10,
    }
    const table = new Map(Object.entries(known))
    for (const type of packaged.instanceTypes) {
      assert.equal(type.computeCapability, table.get(type.gpu), type.name)
      assert.equal(type.vendor === 'nvidia', table.has(type.gpu), type.name)
    }
  })

  it('of Google Cloud end in the number of their GPUs, G2 aside', () => {
    const types = packaged.instanceTypes.filter(type => type.cloud === 'gcp')
    assert.equal(types.length, 23)
    for (const type of types.filter(one => !one.name.startsWith('g2-'))) {
      assert.equal(`${type.gpuCount}g`, type.name.split('-').at(-1), type.name)
    }
    const g2 = types.filter(one => one.name.startsWith('g2-')).map(one => [one.name.slice(12), one.gpuCount])
    const want = { 4: 1, 8: 1, 12: 1, 16: 1, 24: 2, 32: 1, 48: 4, 96: 8 }
    assert.deepEqual(Object.fromEntries(g2), want)
  })

  it('of every cloud are there, without a price', () => {
    assert.deepEqual(
      [...new Set(packaged.instanceTypes.map(type => type.cloud))].toSorted(),
      CLOUDS.toSorted(),
    )
    assert.deepEqual(
      packaged.instanceTypes.filter(type => type.pricePerHour !== undefined),
      [],
    )
  })
})
