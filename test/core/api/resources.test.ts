// Quantities as Kubernetes writes them, and sums of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addResources,
  lackingResources,
  maxResources,
  parseQuantity,
  readResources,
  subtractResources,
} from '../../../src/core/api/resources.ts'

describe('parseQuantity', () => {
  const cases = [
    ['1', 1],
    [2, 2],
    ['500m', 0.5],
    ['2Gi', 2 ** 31],
    ['1.5Ki', 1536],
    ['3k', 3000],
    ['1E', 1e18],
    ['1E3', 1000],
    ['12e-1', 1.2],
    ['.5', 0.5],
    ['-1', -1],
    ['100n', 1e-7],
    ['', undefined],
    ['Gi', undefined],
    ['1 Gi', undefined],
    ['1Qi', undefined],
    [true, undefined],
    [Number.NaN, undefined],
    [undefined, undefined],
  ] as const
  for (const [given, want] of cases)
    it(`${String(given)} → ${String(want)}`, () => {
      const found = parseQuantity(given)
      if (want === undefined) assert.equal(found, undefined)
      else assert.ok(Math.abs((found ?? NaN) - want) <= Math.abs(want) * 1e-12, String(found))
    })
})

describe('sums of resources', () => {
  it('CPU is read in millicores, rounded up; what is no quantity is left out', () => {
    assert.deepEqual(readResources({ cpu: '1500u', memory: '1Ki', pods: 110, odd: 'x' }), {
      cpu: 2,
      memory: 1024,
      pods: 110,
    })
  })

  it('add, subtract and maximum go name by name', () => {
    const [left, right] = [
      { a: 1, b: 2 },
      { b: 3, c: 4 },
    ]
    assert.deepEqual(addResources(left, right), { a: 1, b: 5, c: 4 })
    assert.deepEqual(subtractResources(left, right), { a: 1, b: -1, c: -4 })
    assert.deepEqual(maxResources(left, right), { a: 1, b: 3, c: 4 })
  })

  it('only what is really asked for can be lacking, also on a node that is overbooked', () => {
    assert.deepEqual(lackingResources({ a: 2, b: 1, c: 0, d: 1 }, { a: 1, b: 1, c: -5 }), ['a', 'd'])
  })
})
