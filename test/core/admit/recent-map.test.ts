import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentMap } from '../../../src/core/admit/recent-map.ts'

test('keeps the half of its limit that was used last, and never more than its limit', () => {
  const map = new RecentMap<number>(4)
  for (const [index, key] of 'abcdefgh'.split('').entries()) map.set(key, index)
  assert.deepEqual([map.get('g'), map.get('h')], [6, 7])
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map(key => map.get(key)),
    [undefined, undefined, undefined, undefined],
  )
})

test('what is asked for stays', () => {
  const map = new RecentMap<number>(4)
  map.set('kept', 1)
  for (let index = 0; index < 100; index++) {
    map.set(`other-${index}`, index)
    assert.equal(map.get('kept'), 1)
  }
  assert.equal(map.get('other-0'), undefined)
})

test('a value may be replaced', () => {
  const map = new RecentMap<number>(2)
  map.set('a', 1)
  map.set('a', 2)
  assert.equal(map.get('a'), 2)
})
