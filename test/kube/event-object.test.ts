import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { cutText, eventName, eventNamespace } from '../../src/kube/event-object.ts'

const OBJECT = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n', uid: 'u' }

describe('cutText', () => {
  test('never is longer than allowed, and cuts no character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.integer({ min: 3, max: 60 }),
        (text, max) => {
          const cut = cutText(text, max)
          assert.ok(Buffer.byteLength(cut) <= max)
          assert.ok(cut === text || (cut.endsWith('…') && text.startsWith(cut.slice(0, -1))))
          assert.ok(cut.isWellFormed())
          // As much as there is room for.
          if (cut !== text) assert.ok(Buffer.byteLength(cut) > max - 4)
        },
      ),
    )
  })
})

test('Events about cluster-scoped objects are in default', () => {
  assert.equal(eventNamespace(OBJECT), 'default')
  assert.equal(eventNamespace({ ...OBJECT, namespace: 'team' }), 'team')
})

test('the name of an Event is a name, however long that of its object is', () => {
  assert.equal(eventName(OBJECT, 'abc'), 'n.abc')
  assert.equal(eventName({ ...OBJECT, name: 'x'.repeat(253) }, 'abc').length, 253)
})
