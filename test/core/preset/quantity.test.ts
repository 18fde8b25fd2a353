// Values as k8s.io/apimachinery v0.35.4 prints them for resource.MustParse(text).Value().

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { quantityBytes } from '../../../src/core/preset/quantity.ts'

describe('quantityBytes', () => {
  const table = [
    ['7.15Gi', 7677254042],
    ['26.00Gi', 27917287424],
    ['641.30Gi', 688590631732],
    ['805.34Gi', 864727240541],
    ['14Gi', 15032385536],
    ['0.001Mi', 1049],
    ['999999.999Gi', 1073741822926259],
  ] as const
  for (const [given, want] of table) {
    it(`${given} is ${want}`, () => assert.equal(quantityBytes(given), want))
  }

  it('rounds up, by less than a byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), thousandths => {
        const text = `${(thousandths / 1000).toFixed(3)}Gi`
        const exact = (BigInt(thousandths) * 2n ** 30n * 1000n) / 1000n
        const excess = BigInt(quantityBytes(text)) * 1000n - exact
        assert.ok(excess >= 0n && excess < 1000n, text)
      }),
    )
  })

  it('is the same for equal quantities with other suffixes', () => {
    assert.equal(quantityBytes('2Ti'), quantityBytes('2048Gi'))
    assert.equal(quantityBytes('7.5Gi'), quantityBytes('7680Mi'))
  })

  it('is a bug on anything else: the schema has checked the form', () => {
    assert.throws(() => quantityBytes('7.15'), RangeError)
    assert.throws(() => quantityBytes('toString'), RangeError)
  })
})
