import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { createCache, isNewer, type Cache } from '../../src/controller/cache.ts'

interface Seen {
  readonly uid: string
  readonly resourceVersion: string
}

function make(uid: string, version: number, labels: JsonObject = {}): JsonObject {
  return { metadata: { uid, resourceVersion: String(version), labels } }
}

/** A cache of everything that is not labelled `out`, and what it told. */
function makeCache(): { cache: Cache<Seen>; told: string[] } {
  const told: string[] = []
  const cache = createCache<Seen>({
    project(object) {
      const metadata = objectAt(object, 'metadata')
      const [uid = '', resourceVersion = ''] = [
        stringAt(metadata, 'uid'),
        stringAt(metadata, 'resourceVersion'),
      ]
      return 'out' in objectAt(metadata, 'labels') ? undefined : { uid, resourceVersion }
    },
    onChange: (uid, previous, next) =>
      told.push(`${uid} ${previous?.resourceVersion ?? '-'} → ${next?.resourceVersion ?? '-'}`),
  })
  return { cache, told }
}

describe('isNewer', () => {
  test('compares versions as numbers, of any length', () => {
    assert.ok(isNewer('10', '9'))
    assert.ok(!isNewer('9', '10'))
    assert.ok(!isNewer('10', '10'))
    assert.ok(isNewer('9007199254740993', '9007199254740992'))
  })
})

describe('createCache', () => {
  test('an older or equal version changes nothing, wherever it comes from', () => {
    const { cache, told } = makeCache()
    cache.written(make('a', 10))
    cache.handler.onObject(make('a', 9))
    cache.handler.onObject(make('a', 10))
    cache.written(make('a', 8))
    assert.deepEqual(told, ['a - → 10'])
    cache.handler.onObject(make('a', 11))
    assert.equal(cache.objects.get('a')?.resourceVersion, '11')
  })

  test('whatever the order in which versions arrive, the newest stays', () => {
    const versions = fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { minLength: 1 })
    fc.assert(
      fc.property(versions, fc.array(fc.boolean()), (order, ways) => {
        const { cache } = makeCache()
        order.forEach((version, index) =>
          ways[index] === true
            ? cache.written(make('a', version))
            : cache.handler.onObject(make('a', version)),
        )
        assert.equal(cache.objects.get('a')?.resourceVersion, String(Math.max(...order)))
      }),
    )
  })

  test('the end of a list forgets what it has not named, but not what was written meanwhile', () => {
    const { cache, told } = makeCache()
    cache.handler.onObject(make('stays', 1))
    cache.handler.onObject(make('goes', 2))
    cache.handler.onListStart()
    cache.handler.onObject(make('stays', 1))
    cache.written(make('new', 7))
    cache.handler.onListEnd('6')
    assert.deepEqual([...cache.objects.keys()], ['stays', 'new'])
    assert.equal(told.at(-1), 'goes 2 → -')
  })

  test('a list of the moment before our own creation does not undo it, a second one does', () => {
    const { cache } = makeCache()
    cache.written(make('made', 7))
    for (const left of [['made'], []]) {
      cache.handler.onListStart()
      cache.handler.onListEnd('6')
      assert.deepEqual([...cache.objects.keys()], left)
    }
  })

  test('what we have made is gone when a list of a later moment does not name it, heard of or not', () => {
    for (const answersFirst of [true, false]) {
      const { cache } = makeCache()
      if (answersFirst) cache.written(make('made', 7))
      cache.handler.onListStart()
      if (!answersFirst) cache.written(make('made', 7))
      cache.handler.onListEnd('7')
      assert.deepEqual([...cache.objects.keys()], [], String(answersFirst))
    }
  })

  test('an answer that comes after a list of a later moment is of something that has come and gone', () => {
    const { cache, told } = makeCache()
    cache.handler.onListStart()
    cache.handler.onListEnd('9')
    cache.written(make('made', 7))
    assert.deepEqual([[...cache.objects], told], [[], ['made - → 7', 'made 7 → -']])
    cache.handler.onObject(make('made', 11))
    assert.deepEqual([...cache.objects.keys()], ['made'])
  })

  test('of a resource that is not served nothing is left', () => {
    const { cache } = makeCache()
    cache.written(make('made', 7))
    cache.handler.onListStart()
    cache.handler.onListEnd(undefined)
    assert.deepEqual([...cache.objects.keys()], [])
  })

  test('what the watch has told of is gone when a list does not name it, even where we have made it', () => {
    const { cache } = makeCache()
    cache.written(make('made', 7))
    cache.handler.onObject(make('made', 7))
    cache.handler.onListStart()
    cache.handler.onListEnd('9')
    assert.deepEqual([...cache.objects.keys()], [])
  })

  test('a late answer does not bring back what is gone', () => {
    for (const end of ['watch', 'list', 'answer'] as const) {
      const { cache } = makeCache()
      cache.handler.onObject(make('a', 5))
      if (end === 'watch') cache.handler.onDeleted(make('a', 8))
      if (end === 'answer') cache.forget('a')
      if (end === 'list') {
        cache.handler.onListStart()
        cache.handler.onListEnd('9')
      }
      cache.written(make('a', 7))
      cache.handler.onObject(make('a', 6))
      assert.deepEqual([...cache.objects.keys()], [], end)
    }
  })

  test('even where the deletion is heard of before the object', () => {
    const { cache, told } = makeCache()
    cache.handler.onDeleted(make('a', 8))
    cache.written(make('a', 7))
    assert.deepEqual([[...cache.objects], told], [[], []])
  })

  test('an object that a selector has lost and found again is known again', () => {
    const { cache } = makeCache()
    cache.handler.onObject(make('a', 5))
    cache.handler.onDeleted(make('a', 6))
    cache.handler.onObject(make('a', 9))
    assert.equal(cache.objects.get('a')?.resourceVersion, '9')
  })

  test('what is of no interest any more leaves, and comes back with a newer version', () => {
    const { cache, told } = makeCache()
    cache.handler.onObject(make('a', 1))
    cache.handler.onObject(make('a', 2, { out: '' }))
    cache.handler.onObject(make('a', 3, { out: '' }))
    cache.handler.onObject(make('a', 4))
    assert.deepEqual(told, ['a - → 1', 'a 1 → -', 'a - → 4'])
  })

  test('an answer without an object (the Status of a deletion) is no object', () => {
    const { cache } = makeCache()
    cache.written({ kind: 'Status', status: 'Success', metadata: {} })
    assert.equal(cache.objects.size, 0)
  })
})
