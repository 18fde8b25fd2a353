// Operations and result cannot disagree: every change is applied once more by the `jsonpatch` package.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { Draft, toPointer } from '../../../src/core/patch/draft.ts'
import { deepFreeze } from '../admit/json-tree.ts'
import { patched } from '../admit/patch-oracle.ts'

function change(object: JsonObject, edit: (draft: Draft) => void): Draft {
  const draft = new Draft(deepFreeze(object))
  edit(draft)
  assert.deepEqual(patched(object, draft.operations), draft.root)
  return draft
}

describe('toPointer', () => {
  it('escapes as RFC 6901 says', () =>
    assert.equal(toPointer(['a/b', 'm~n', '~1', 0, '']), '/a~1b/m~0n/~01/0/'))
})

describe('Draft', () => {
  it('adds, replaces and removes members', () => {
    const changed = change({ a: { b: 1, c: 2 } }, draft => {
      draft.add(['a', 'd'], 3)
      draft.replace(['a', 'b'], 4)
      draft.remove(['a', 'c'])
    })
    assert.deepEqual(changed.root, { a: { b: 4, d: 3 } })
    assert.deepEqual(changed.operations, [
      { op: 'add', path: '/a/d', value: 3 },
      { op: 'replace', path: '/a/b', value: 4 },
      { op: 'remove', path: '/a/c' },
    ])
  })

  it('inserts into lists and takes out of them by position', () => {
    const changed = change({ list: ['a', 'b'] }, draft => {
      draft.add(['list', 1], 'x')
      draft.add(['list', 3], 'y')
      draft.remove(['list', 0])
    })
    assert.deepEqual(changed.root, { list: ['x', 'b', 'y'] })
  })

  it('is one operation for a container and all that is put into it', () => {
    const changed = change({}, draft => {
      draft.create('add', ['a'], {})
      draft.create('add', ['a', 'list'], [])
      draft.create('add', ['a', 'list', 0], { name: 'x' })
      draft.add(['a', 'list', 0, 'value'], { deep: true })
      draft.replace(['a', 'list', 0, 'name'], 'y')
      draft.remove(['a', 'list', 0, 'value'])
    })
    assert.deepEqual(changed.operations, [{ op: 'add', path: '/a', value: { list: [{ name: 'y' }] } }])
  })

  it('changes a value that an operation carries by an operation of its own: it is the caller’s', () => {
    const value = deepFreeze({ x: 1 })
    const changed = change({}, draft => {
      draft.add(['a'], value)
      draft.add(['a', 'y'], 2)
    })
    assert.deepEqual(changed.root, { a: { x: 1, y: 2 } })
    assert.deepEqual(value, { x: 1 })
  })

  it('shares what no operation touches, and leaves the request’s object alone', () => {
    const object: JsonObject = { touched: { a: 1 }, untouched: { big: [] } }
    const changed = change(object, draft => draft.add(['touched', 'b'], 2))
    assert.equal(changed.root['untouched'], object['untouched'])
    assert.deepEqual(object, { touched: { a: 1 }, untouched: { big: [] } })
  })

  it('is the object itself without operations', () => {
    const object = { a: 1 }
    assert.equal(new Draft(object).root, object)
  })

  it('takes __proto__ for a key like any other', () => {
    const changed = change(JSON.parse('{"__proto__":{"a":1},"b":{}}') as JsonObject, draft => {
      draft.add(['__proto__', 'c'], 2)
      draft.add(['b', 'constructor'], 3)
    })
    assert.equal(JSON.stringify(changed.root), '{"__proto__":{"a":1,"c":2},"b":{"constructor":3}}')
    assert.equal(({} as Record<string, unknown>)['c'], undefined)
  })

  it('throws where a path runs through nothing: a bug of ours, not a user’s mistake', () => {
    assert.throws(() => new Draft({ a: 1 }).add(['a', 'b'], 1), TypeError)
  })
})
