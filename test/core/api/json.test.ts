import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  canonicalJson,
  isObject,
  jsonEqual,
  listAt,
  objectAt,
  stringAt,
  type Json,
} from '../../../src/core/api/json.ts'
import { withKeysReversed } from '../admit/json-tree.ts'

/** By way of its text, which knows no -0. */
const json = fc.jsonValue().map(value => JSON.parse(JSON.stringify(value)) as Json)

describe('objectAt, listAt, stringAt', () => {
  const parent = { object: { a: 1 }, list: [1], text: 'x', empty: '', none: null, number: 1 }

  it('give what is there', () => {
    assert.deepEqual(objectAt(parent, 'object'), { a: 1 })
    assert.deepEqual(listAt(parent, 'list'), [1])
    assert.equal(stringAt(parent, 'text'), 'x')
  })

  for (const key of ['missing', 'none', 'number', 'constructor', '__proto__', 'toString']) {
    it(`give nothing for ${key}`, () => {
      assert.deepEqual(objectAt(parent, key), {})
      assert.deepEqual(listAt(parent, key), [])
      assert.equal(stringAt(parent, key), undefined)
    })
  }

  it('take one another’s types for nothing, and an empty text too', () => {
    assert.deepEqual(objectAt(parent, 'list'), {})
    assert.deepEqual(listAt(parent, 'object'), [])
    assert.equal(stringAt(parent, 'empty'), undefined)
    assert.deepEqual(
      [objectAt(undefined, 'a'), listAt(undefined, 'a'), stringAt(undefined, 'a')],
      [{}, [], undefined],
    )
  })
})

describe('isObject', () => {
  it('is true for objects only', () => {
    assert.deepEqual([{}, [], null, 'x', 1, undefined].map(isObject), [
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('canonicalJson', () => {
  it('is JSON of the same value, whatever the order of keys', () => {
    fc.assert(
      fc.property(json, value => {
        const text = canonicalJson(value)
        assert.equal(canonicalJson(JSON.parse(text) as Json), text)
        assert.equal(canonicalJson(withKeysReversed(value)), text)
        assert.ok(jsonEqual(JSON.parse(text) as Json, value))
      }),
      { numRuns: 500 },
    )
  })

  it('tells different values apart', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        assert.equal(canonicalJson(a) === canonicalJson(b), isSame(a, b))
      }),
      { numRuns: 500 },
    )
  })

  it('sorts by code unit and leaves lists in their order', () => {
    assert.equal(
      canonicalJson({ b: [2, 1], a: { '+': 1, '5000': 2, B: 3 } }),
      '{"a":{"+":1,"5000":2,"B":3},"b":[2,1]}',
    )
  })

  it('knows __proto__ as a key', () => {
    assert.equal(canonicalJson(JSON.parse('{"__proto__":1,"a":2}') as Json), '{"__proto__":1,"a":2}')
  })
})

function isSame(a: Json, b: Json): boolean {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}
