// The engine on small objects: what each kind of place becomes, what the inventory says of it, and the way back. Laws over
// whole workloads: test/core/admit/*-properties.test.ts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { hashEntry } from '../../../src/core/api/hash.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { isOurs, leavesOf, missingLeaves } from '../../../src/core/patch/inventory.ts'
import { fieldPath, reconcile, type ReconcileInput } from '../../../src/core/patch/reconcile.ts'
import { entryFieldAt, type Edit } from '../../../src/core/template/edit.ts'
import { deepFreeze } from '../admit/json-tree.ts'
import { patched } from '../admit/patch-oracle.ts'

function run(input: ReconcileInput): ReturnType<typeof reconcile> {
  const outcome = reconcile({ ...input, object: deepFreeze(input.object) })
  assert.deepEqual(patched(input.object, outcome.operations), outcome.result)
  return outcome
}

function edit(path: string, value: Json, merges?: true): Edit {
  return { path: path.split('.'), value, ...(merges === undefined ? {} : { merges }) }
}

const X = { name: 'X', value: 'ours' }

describe('reconcile', () => {
  interface Row {
    readonly name: string
    readonly object: JsonObject
    readonly edits: readonly Edit[]
    readonly result: JsonObject
    readonly added: unknown
  }
  const h = hashEntry
  const table: readonly Row[] = [
    {
      name: 'adds a value where nothing is',
      object: {},
      edits: [edit('a', 1)],
      result: { a: 1 },
      added: { a: h(1) },
    },
    {
      name: 'makes the objects on the way, and says so',
      object: {},
      edits: [edit('a.b', 1), edit('a.c', 2)],
      result: { a: { b: 1, c: 2 } },
      added: { a: { '+': 1, b: h(1), c: h(2) } },
    },
    {
      name: 'makes lists and entries by merge key',
      object: {},
      edits: [edit('containers.m.env.X', X)],
      result: { containers: [{ name: 'm', env: [X] }] },
      added: { containers: { '+': 1, m: { '+': 1, env: { '+': 1, X: h(X) } } } },
    },
    {
      name: 'remembers a null that it fills',
      object: { a: null, list: { env: null } },
      edits: [edit('a', 1), edit('list.env.X', X)],
      result: { a: 1, list: { env: [X] } },
      added: { a: [h(1), null], list: { env: { '+': [null], X: h(X) } } },
    },
    {
      name: 'leaves the user’s value, and notes that it is in the way',
      object: { a: 'user', env: [{ name: 'X', value: 'user' }] },
      edits: [edit('a', 1), edit('env.X', X)],
      result: { a: 'user', env: [{ name: 'X', value: 'user' }] },
      added: { a: 0, env: { X: 0 } },
    },
    {
      name: 'leaves an equal value to the user too',
      object: { a: 1 },
      edits: [edit('a', 1)],
      result: { a: 1 },
      added: { a: 0 },
    },
    {
      name: 'replaces a default of the API and records it',
      object: { spec: { progressDeadlineSeconds: 600 } },
      edits: [edit('spec.progressDeadlineSeconds', 3600)],
      result: { spec: { progressDeadlineSeconds: 3600 } },
      added: { spec: { progressDeadlineSeconds: [h(3600), 600] } },
    },
    {
      name: 'fills an empty list and an image without a name',
      object: { tolerations: [], image: '' },
      edits: [edit('tolerations', [1]), edit('image', 'i')],
      result: { tolerations: [1], image: 'i' },
      added: { tolerations: [h([1]), []], image: [h('i'), ''] },
    },
    {
      name: 'leaves an empty text that is a value: a label',
      object: { labels: { a: '' } },
      edits: [edit('labels.a', 'x')],
      result: { labels: { a: '' } },
      added: { labels: { a: 0 } },
    },
    {
      name: 'puts a merged list in the place of the user’s',
      object: { tolerations: ['user'] },
      edits: [edit('tolerations', ['user', 'ours'], true)],
      result: { tolerations: ['user', 'ours'] },
      added: { tolerations: [h(['user', 'ours']), ['user']] },
    },
    {
      name: 'appends to the user’s list',
      object: { env: [{ name: 'A' }] },
      edits: [edit('env.X', X)],
      result: { env: [{ name: 'A' }, X] },
      added: { env: { X: h(X) } },
    },
  ]
  for (const { name, object, edits, result, added } of table) {
    it(name, () => {
      const outcome = run({ object, edits })
      assert.deepEqual(outcome.result, result)
      assert.deepEqual(outcome.added, added)
    })

    it(`${name}; and back, and again`, () => {
      const there = run({ object, edits })
      const back = run({ object: there.result, edits: [], recorded: there.added })
      assert.deepEqual(back.result, object)
      const again = run({ object: there.result, edits, recorded: there.added })
      assert.deepEqual(again.operations, [])
      assert.deepEqual(again.added, there.added)
    })
  }

  it('names once what stands in the way', () => {
    const outcome = run({ object: { env: 'text' }, edits: [edit('env.X', X), edit('env.Y', X)] })
    assert.deepEqual(outcome.obstructed, ['env'])
    assert.deepEqual(outcome.operations, [])
  })
})

describe('a second plan', () => {
  const first = run({
    object: { env: [{ name: 'A' }] },
    edits: [edit('env.X', X), edit('a.b', 1), edit('c', 1)],
  })

  it('brings ours up to date where it stands, adds what is new, takes back what is gone', () => {
    const other = { name: 'X', value: 'new' }
    const { result, operations } = run({
      object: first.result,
      edits: [edit('env.X', other), edit('d', 2)],
      recorded: first.added,
    })
    assert.deepEqual(result, { env: [{ name: 'A' }, other], d: 2 })
    assert.deepEqual(
      operations.map(({ op, path }) => `${op} ${path}`),
      ['replace /env/1', 'add /d', 'remove /a/b', 'remove /c', 'remove /a'],
    )
  })

  it('leaves what the user has changed since', () => {
    const object = { ...first.result, c: 'user' }
    const { result, added } = run({ object, edits: [edit('c', 2)], recorded: first.added })
    assert.deepEqual(result, { env: [{ name: 'A' }], c: 'user' })
    assert.deepEqual(added, { c: 0 })
  })

  it('keeps the original of a default over several plans', () => {
    const path = 'spec.progressDeadlineSeconds'
    const one = run({ object: { spec: { progressDeadlineSeconds: 600 } }, edits: [edit(path, 1)] })
    const two = run({ object: one.result, edits: [edit(path, 2)], recorded: one.added })
    const back = run({ object: two.result, edits: [], recorded: two.added })
    assert.deepEqual(back.result, { spec: { progressDeadlineSeconds: 600 } })
  })

  it('keeps a container that the user has put something into', () => {
    const made = run({ object: {}, edits: [edit('containers.m.image', 'i')] })
    const object = { containers: [{ name: 'm', image: 'i', args: ['x'] }] }
    const { result } = run({ object, edits: [], recorded: made.added })
    assert.deepEqual(result, { containers: [{ name: 'm', args: ['x'] }] })
  })

  it('takes a container back with what the API server wrote into it', () => {
    const made = run({ object: {}, edits: [edit('containers.m.image', 'i')] })
    const defaults = {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'Always',
      resources: {},
    }
    const object = { containers: [{ name: 'm', image: 'i', ...defaults }] }
    assert.deepEqual(run({ object, edits: [], recorded: made.added }).result, {})
  })
})

function namesIn(object: JsonObject): string {
  return (object['env'] as readonly { name: string }[]).map(({ name }) => name).join('')
}

describe('putting back', () => {
  const stored = { env: [{ name: 'A' }, X, { name: 'B' }, { name: 'Y', value: 'ours' }, { name: 'C' }] }
  const recorded = { env: { X: hashEntry(X), Y: hashEntry({ name: 'Y', value: 'ours' }) } }
  const edits = [edit('env.X', X), edit('env.Y', { name: 'Y', value: 'ours' })]
  const table: readonly (readonly [given: string, want: string])[] = [
    ['ABC', 'AXBYC'],
    ['BC', 'XBYC'],
    ['A', 'AXY'],
    ['C', 'XYC'],
    ['ANBC', 'AXNBYC'],
    ['CBA', 'CBYAX'],
    ['N', 'NXY'],
    ['AXBC', 'AXBYC'],
  ]
  for (const [given, want] of table)
    it(`${given} becomes ${want}`, () => {
      const object = { env: given.split('').map(name => (name === 'X' ? X : { name })) }
      const { result, added } = run({ object, edits, recorded, keepRest: true, order: stored })
      assert.equal(namesIn(result), want)
      assert.deepEqual(added, recorded)
    })

  it('leaves what is recorded and not asked for', () => {
    const { operations, added } = run({ object: stored, edits: [], recorded, keepRest: true })
    assert.deepEqual(operations, [])
    assert.deepEqual(added, recorded)
  })
})

describe('the inventory', () => {
  it('knows what is ours by its hash', () => {
    assert.ok(isOurs(hashEntry(1), 1))
    assert.ok(isOurs([hashEntry(1), 600], 1))
    assert.ok(!isOurs(hashEntry(1), 2))
    assert.ok(!isOurs(0, 0))
    assert.ok(!isOurs(undefined, 1))
  })

  it('misses what is gone, defaulted, emptied, or sent again as it was before', () => {
    const added = {
      gone: hashEntry(1),
      there: hashEntry(1),
      users: hashEntry(1),
      blocked: 0 as const,
      blocker: 0 as const,
      empty: hashEntry([1]),
      merged: [hashEntry(['u', 'o']), ['u']] as const,
      spec: { progressDeadlineSeconds: [hashEntry(3600), 600] as const },
    }
    const object = {
      there: 1,
      users: 2,
      blocker: 3,
      empty: [],
      merged: ['u'],
      spec: { progressDeadlineSeconds: 600 },
    }
    assert.deepEqual(
      missingLeaves(object, added).map(([path]) => path.join('.')),
      ['gone', 'blocked', 'empty', 'merged', 'spec.progressDeadlineSeconds'],
    )
  })

  it('lists its leaves with their paths, marks aside', () => {
    const added = { a: { '+': 1 as const, b: 'x' }, c: 0 as const, d: ['x', null] as const }
    assert.deepEqual(
      [...leavesOf(added)],
      [
        [['a', 'b'], 'x'],
        [['c'], 0],
        [['d'], ['x', null]],
      ],
    )
  })
})

describe('reconcile over generated objects', () => {
  const KEYS = ['a', 'b', 'constructor', 'env', 'ports', 'containers']
  const path = fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 4 })
  const value = fc.constantFrom<Json>(
    1,
    'x',
    [],
    {},
    null,
    [1],
    { name: 'a' },
    { name: 'b', env: [{ name: 'a' }, null] },
  )
  const object = fc.dictionary(fc.constantFrom(...KEYS, '__proto__'), value, { noNullPrototype: true })
  const edits = fc
    .uniqueArray(fc.tuple(path, fc.constantFrom<Json>(7, [8], { nine: 9 })), {
      maxLength: 6,
      comparator: ([one], [other]) => isBelow(one, other) || isBelow(other, one),
    })
    .map(all => all.map(([place, plain]) => ({ path: place, value: asEntry(place, plain) })))

  it('is undone exactly, and changes nothing the second time', () => {
    fc.assert(
      fc.property(object, edits, (given, wanted) => {
        const there = run({ object: given, edits: wanted })
        const back = run({ object: there.result, edits: [], recorded: there.added })
        assert.deepEqual(back.result, given)
        assert.deepEqual(run({ object: there.result, edits: wanted, recorded: there.added }).operations, [])
      }),
      { numRuns: 2000 },
    )
  })
})

/** What stands in a keyed list brings its key. */
function asEntry(path: readonly string[], value: Json): Json {
  const field = entryFieldAt(path, path.length - 1)
  return field === undefined ? value : { [field]: path.at(-1) ?? '', value }
}

function isBelow(path: readonly string[], other: readonly string[]): boolean {
  return other.every((step, index) => step === path[index])
}

describe('fieldPath', () => {
  it('writes positions in brackets', () =>
    assert.equal(fieldPath(['spec', 'containers', 0, 'env']), 'spec.containers[0].env'))
})
