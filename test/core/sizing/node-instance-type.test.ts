import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { instanceTypeOfNode } from '../../../src/core/sizing/node-instance-type.ts'
import { A100X1, catalogue } from './builders.ts'

const BARE = {
  'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB',
  'nvidia.com/gpu.count': '8',
  'nvidia.com/gpu.memory': '81920',
  'nvidia.com/gpu.compute.major': '8',
  'nvidia.com/gpu.compute.minor': '0',
}

const memoryOf = (mib: string) => of({ ...BARE, 'nvidia.com/gpu.memory': mib })?.gpuMemoryGiB
const of = (labels: Record<string, string | undefined>) => instanceTypeOfNode(labels, catalogue)

describe('instanceTypeOfNode', () => {
  it('knows a node by its instance type, in any case of letters', () => {
    assert.equal(of({ 'node.kubernetes.io/instance-type': 'standard_nc24ads_a100_v4' }), A100X1)
  })

  it('reads the GPU labels of other nodes', () => {
    assert.deepEqual(of(BARE), {
      name: 'NVIDIA-A100-SXM4-80GB',
      cloud: 'arc',
      vendor: 'nvidia',
      gpu: 'NVIDIA A100',
      gpuCount: 8,
      gpuMemoryGiB: 80,
      computeCapability: 8,
    })
    assert.equal(of({ ...BARE, 'node.kubernetes.io/instance-type': 'my-server' })?.name, 'my-server')
  })

  it('reads the compute capability as KAITO labels it too, and leaves it open where it is missing', () => {
    const { 'nvidia.com/gpu.compute.major': _, 'nvidia.com/gpu.compute.minor': __, ...without } = BARE
    assert.equal(of(without)?.computeCapability, undefined)
    const kaito = { 'nvidia.com/cuda.compute.major': '8', 'nvidia.com/cuda.compute.minor': '6' }
    assert.equal(of({ ...without, ...kaito })?.computeCapability, 8.6)
    assert.equal(
      of({ ...without, 'nvidia.com/gpu.compute.major': '12', 'nvidia.com/gpu.compute.minor': '1' })
        ?.computeCapability,
      12.1,
    )
    assert.equal(of({ ...without, 'nvidia.com/gpu.compute.major': 'x' })?.computeCapability, undefined)
  })

  const PRODUCTS: readonly (readonly [product: string, gpu: string])[] = [
    ['NVIDIA-A100-SXM4-80GB', 'NVIDIA A100'],
    ['NVIDIA-A100-80GB-PCIe', 'NVIDIA A100'],
    ['A100-SXM4-40GB', 'NVIDIA A100'],
    ['NVIDIA-A10', 'NVIDIA A10'],
    ['NVIDIA-A10-24Q', 'NVIDIA A10'],
    ['NVIDIA-A10G', 'NVIDIA A10G'],
    ['NVIDIA-H100-80GB-HBM3', 'NVIDIA H100'],
    ['NVIDIA-H100-NVL', 'NVIDIA H100'],
    ['NVIDIA-H200', 'NVIDIA H200'],
    ['NVIDIA-L40S', 'NVIDIA L40S'],
    ['Tesla-V100-SXM2-16GB', 'NVIDIA V100'],
    ['Tesla-T4', 'NVIDIA T4'],
    ['NVIDIA-GeForce-RTX-4090', 'NVIDIA GeForce RTX 4090'],
  ]
  for (const [product, gpu] of PRODUCTS) {
    it(`calls ${product} ${gpu}`, () =>
      assert.equal(of({ ...BARE, 'nvidia.com/gpu.product': product })?.gpu, gpu))
  }

  it('rounds the memory to whole GiB', () => {
    assert.deepEqual(
      ['81559', '81920', '23028', '24564', '16160', '15360'].map(memoryOf),
      [80, 80, 22, 24, 16, 15],
    )
  })

  it('knows no type for nodes without GPU labels, or with ones that make no sense', () => {
    assert.equal(of({}), undefined)
    assert.equal(of({ 'node.kubernetes.io/instance-type': 'Standard_D4s_v5' }), undefined)
    for (const key of ['nvidia.com/gpu.product', 'nvidia.com/gpu.count', 'nvidia.com/gpu.memory']) {
      assert.equal(of({ ...BARE, [key]: undefined }), undefined, key)
      assert.equal(of({ ...BARE, [key]: '' }), undefined, key)
    }
    for (const count of ['0', '-1', '1.5', '8x', '99999999999']) {
      assert.equal(of({ ...BARE, 'nvidia.com/gpu.count': count }), undefined, count)
    }
  })

  it('does not count parts of GPUs as GPUs', () => {
    const known = { ...BARE, 'node.kubernetes.io/instance-type': A100X1.name }
    assert.equal(of({ ...known, 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB-MIG-1g.10gb' }), undefined)
    assert.equal(of({ ...known, 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB-SHARED' }), undefined)
    assert.equal(of({ ...known, 'nvidia.com/gpu.replicas': '4' }), undefined)
    assert.equal(of({ ...known, 'nvidia.com/gpu.replicas': '1' }), A100X1)
  })

  it('never throws, whatever the labels say', () => {
    const text = fc.option(fc.string(), { nil: undefined })
    const labels = fc.record(
      Object.fromEntries([...Object.keys(BARE), 'node.kubernetes.io/instance-type'].map(key => [key, text])),
    )
    fc.assert(
      fc.property(labels, given => {
        const type = of(given)
        assert.ok(type === undefined || (type.gpuCount >= 1 && type.gpuMemoryGiB >= 0))
      }),
    )
  })
})
