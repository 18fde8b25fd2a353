import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InstanceType } from '../../src/core/preset/catalogue.ts'
import { kwokInstanceTypes, zones, type KwokInstanceType } from './instance-types.ts'

const makeType = (name: string, gpuCount: number, gpuMemoryGiB: number, other = {}): InstanceType => ({
  name,
  cloud: 'azure',
  vendor: 'nvidia',
  gpu: 'NVIDIA A100',
  gpuCount,
  gpuMemoryGiB,
  ...other,
})

const catalogue = [
  makeType('eight', 8, 80),
  makeType('one', 1, 80),
  makeType('also-one', 1, 80),
  makeType('amd', 1, 32, { vendor: 'amd' }),
  makeType('elsewhere', 1, 24, { cloud: 'aws' }),
]

const pricesOf = (types: readonly KwokInstanceType[], capacityType: string): readonly number[] =>
  types.flatMap(({ offerings }) =>
    offerings
      .filter(({ Requirements }) => Requirements[0]?.values[0] === capacityType)
      .map(({ Price }) => Price),
  )

describe('the instance types that Karpenter sells', () => {
  const types = kwokInstanceTypes(catalogue, ['azure'])

  test('are the NVIDIA ones of the chosen clouds and one without GPUs, the cheapest first', () => {
    assert.deepEqual(
      types.map(({ name }) => name),
      ['cpu-only', 'also-one', 'one', 'eight'],
    )
    const both = kwokInstanceTypes(catalogue, ['azure', 'aws']).map(({ name }) => name)
    assert.deepEqual(both, ['cpu-only', 'elsewhere', 'also-one', 'one', 'eight'])
  })

  test('have GPUs as a resource, and room beside them', () => {
    assert.deepEqual(types.at(-1)?.resources, {
      cpu: '192',
      memory: '1344Gi',
      'nvidia.com/gpu': '8',
      pods: '110',
      'ephemeral-storage': '2Ti',
    })
    assert.equal(types[0]?.resources['nvidia.com/gpu'], undefined)
  })

  test('cost more with every type and zone, so that the cheapest is always one', () => {
    for (const capacityType of ['on-demand', 'spot']) {
      const prices = pricesOf(types, capacityType)
      assert.equal(prices.length, types.length * zones.length)
      assert.deepEqual(
        prices,
        [...new Set(prices)].toSorted((a, b) => a - b),
      )
    }
    assert.ok(Math.max(...pricesOf(types, 'spot').slice(0, 3)) < Math.min(...pricesOf(types, 'on-demand')))
  })
})
