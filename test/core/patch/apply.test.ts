import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import type { Operation } from '../../../src/core/api/operation.ts'
import { applyOperations } from '../../../src/core/patch/apply.ts'
import { deepFreeze } from '../admit/json-tree.ts'
import { patched } from '../admit/patch-oracle.ts'

const GIVEN: JsonObject = {
  'a/b': { '~x': 1, '~1': 2 },
  list: [{ n: 0 }, { n: 1 }],
  gone: null,
  kept: { deep: [] },
}

test('does what RFC 6902 says, and leaves the object and the operations alone', () => {
  const operations: readonly Operation[] = [
    { op: 'replace', path: '/a~1b/~0x', value: { y: 1 } },
    { op: 'remove', path: '/a~1b/~01' },
    { op: 'add', path: '/a~1b/~0x/z', value: [] },
    { op: 'add', path: '/list/1', value: { n: 0.5 } },
    { op: 'add', path: '/list/2/m', value: 2 },
    { op: 'remove', path: '/list/0' },
    { op: 'remove', path: '/gone' },
  ]
  const result = applyOperations(deepFreeze(GIVEN), deepFreeze(operations))
  assert.deepEqual(result, patched(GIVEN, operations))
  assert.equal(result['kept'], GIVEN['kept'])
})
