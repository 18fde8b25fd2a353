// Amounts as quantities: read back they are what they were, or a little more.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseQuantity, readResources } from '../../../../src/core/api/resources.ts'
import { formatQuantity, formatResources } from '../../../../src/core/claim/backends/quantities.ts'

const CASES = [
  ['cpu', 2000, '2'],
  ['cpu', 2500, '2500m'],
  ['cpu', 0.2, '1m'],
  ['memory', 8 * 2 ** 30, '8Gi'],
  ['memory', 1.5 * 2 ** 30, '1536Mi'],
  ['memory', 2 ** 41, '2Ti'],
  ['memory', 1000, '1000'],
  ['ephemeral-storage', 87 * 2 ** 30, '87Gi'],
  ['nvidia.com/gpu', 1024, '1024'],
  ['pods', 110, '110'],
] as const

describe('quantities', () => {
  for (const [name, amount, want] of CASES)
    it(`${amount} ${name} is ${want}`, () => assert.equal(formatQuantity(name, amount), want))

  it('leaves nothing out that is more than zero, and nothing in that is not', () =>
    assert.deepEqual(formatResources({ memory: 1, cpu: 0, 'nvidia.com/gpu': 1 }), {
      memory: '1',
      'nvidia.com/gpu': '1',
    }))

  it('are read back as they were', () =>
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('memory', 'pods', 'a.b/c'), fc.integer({ min: 1, max: 2 ** 50 })),
        resources => assert.deepEqual(readResources(formatResources(resources)), { ...resources }),
      ),
    ))

  it('of CPUs are whole ones or millicores', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), millicores => {
        const [, number, milli] = /^(\d+)(m?)$/.exec(formatQuantity('cpu', millicores)) ?? []
        assert.equal(Number(number) * (milli === 'm' ? 1 : 1000), millicores)
      }),
    ))

  it('are rounded up, and never text that is no quantity', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 52, noNaN: true }), bytes =>
        assert.equal(parseQuantity(formatQuantity('memory', bytes)), Math.ceil(bytes)),
      ),
    ))
})
