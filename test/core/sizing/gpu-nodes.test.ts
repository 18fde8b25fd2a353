import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { gpuNodeShapes, withGpuNodes } from '../../../src/core/sizing/gpu-nodes.ts'
import { A100X1, A10X1, makeCatalogue, V620 } from './builders.ts'

const CATALOGUE = makeCatalogue(A100X1, A10X1, V620)

function node(labels: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels } }
}

function ofType(name: string): JsonObject {
  return node({ 'node.kubernetes.io/instance-type': name })
}

function bare(count: string, memory: string): JsonObject {
  return node({
    'nvidia.com/gpu.product': 'NVIDIA-L40S',
    'nvidia.com/gpu.count': count,
    'nvidia.com/gpu.memory': memory,
  })
}

describe('gpuNodeShapes', () => {
  it('has each type once, by name, whatever the order of the nodes', () => {
    const nodes = [
      ofType(A10X1.name),
      bare('2', '46068'),
      ofType(A100X1.name.toLowerCase()),
      ofType(A10X1.name),
    ]
    const shapes = gpuNodeShapes(nodes, CATALOGUE)
    assert.deepEqual(
      shapes.map(({ name }) => name),
      ['NVIDIA-L40S', A100X1.name, A10X1.name].toSorted(),
    )
    assert.deepEqual(gpuNodeShapes(nodes.toReversed(), CATALOGUE), shapes)
  })

  it('leaves out nodes without NVIDIA GPUs, and what is no node', () => {
    const nodes = [
      ofType(V620.name),
      ofType('Standard_D4s_v5'),
      {},
      { metadata: { labels: [] } },
      node({ a: 1 }),
    ]
    assert.deepEqual(gpuNodeShapes(nodes, CATALOGUE), [])
  })

  it('makes one of nodes that share a name: the most GPUs, the least memory of one', () => {
    for (const nodes of [
      [bare('2', '46068'), bare('8', '49140')],
      [bare('8', '49140'), bare('2', '46068')],
    ]) {
      const [shape, ...others] = gpuNodeShapes(nodes, CATALOGUE)
      assert.deepEqual(others, [])
      assert.deepEqual([shape?.gpuCount, shape?.gpuMemoryGiB], [8, 45])
    }
  })
})

describe('withGpuNodes', () => {
  it('adds what the catalogue does not list, and nothing else', () => {
    assert.equal(withGpuNodes(CATALOGUE, [{ ...A10X1, name: A10X1.name.toUpperCase() }]), CATALOGUE)
    const shapes = gpuNodeShapes([bare('2', '46068')], CATALOGUE)
    assert.deepEqual(withGpuNodes(CATALOGUE, shapes).instanceTypes, [...CATALOGUE.instanceTypes, ...shapes])
  })
})
