import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entryKey, indexOfEntry, keyedFieldPath, locate, valueAt } from '../../../src/core/patch/locate.ts'

const OBJECT = {
  spec: {
    containers: [
      { name: 'a', env: [{ name: 'X', value: '1' }], ports: [{ containerPort: 5000 }], resources: null },
      null,
      { name: 'b', volumeMounts: [{ mountPath: '/data', name: 'd' }], env: 'text' },
    ],
    tolerations: [{ key: 'k' }],
  },
}

describe('locate', () => {
  const found: readonly (readonly [path: readonly string[], tokens: readonly (string | number)[]])[] = [
    [[], []],
    [['spec'], ['spec']],
    [
      ['spec', 'containers', 'b'],
      ['spec', 'containers', 2],
    ],
    [
      ['spec', 'containers', 'a', 'env', 'X', 'value'],
      ['spec', 'containers', 0, 'env', 0, 'value'],
    ],
    [
      ['spec', 'containers', 'a', 'ports', '5000'],
      ['spec', 'containers', 0, 'ports', 0],
    ],
    [
      ['spec', 'containers', 'b', 'volumeMounts', '/data'],
      ['spec', 'containers', 2, 'volumeMounts', 0],
    ],
  ]
  for (const [path, tokens] of found)
    it(`finds ${path.join('.') || 'the root'}`, () => {
      const place = locate(OBJECT, path)
      assert.ok(place.kind === 'found')
      assert.deepEqual(place.tokens, tokens)
    })

  const absent: readonly (readonly [
    path: readonly string[],
    tokens: readonly (string | number)[],
    rest: readonly string[],
  ])[] = [
    [['status'], [], ['status']],
    [
      ['spec', 'containers', 'c', 'env'],
      ['spec', 'containers'],
      ['c', 'env'],
    ],
    [
      ['spec', 'containers', 'a', 'resources', 'limits'],
      ['spec', 'containers', 0],
      ['resources', 'limits'],
    ],
    [['spec', 'constructor'], ['spec'], ['constructor']],
    [['spec', 'containers', '0'], ['spec', 'containers'], ['0']],
  ]
  for (const [path, tokens, rest] of absent)
    it(`misses ${path.join('.')} from ${rest.join('.')} on`, () =>
      assert.deepEqual(locate(OBJECT, path), { kind: 'absent', tokens, rest }))

  const obstructed: readonly (readonly [path: readonly string[], tokens: readonly (string | number)[]])[] = [
    [
      ['spec', 'containers', 'b', 'env', 'X'],
      ['spec', 'containers', 2, 'env'],
    ],
    [
      ['spec', 'tolerations', 'k'],
      ['spec', 'tolerations'],
    ],
    [
      ['spec', 'containers', 'a', 'name', 'x'],
      ['spec', 'containers', 0, 'name'],
    ],
  ]
  for (const [path, tokens] of obstructed)
    it(`cannot pass on the way to ${path.join('.')}`, () =>
      assert.deepEqual(locate(OBJECT, path), { kind: 'obstructed', tokens }))
})

describe('valueAt', () => {
  it('is the value, or undefined for nothing, null and what is in the way', () => {
    assert.equal(valueAt(OBJECT, ['spec', 'containers', 'a', 'env', 'X', 'value']), '1')
    assert.equal(valueAt(OBJECT, ['spec', 'containers', 'a', 'resources']), undefined)
    assert.equal(valueAt(OBJECT, ['spec', 'containers', 'b', 'env', 'X']), undefined)
  })
})

describe('merge keys', () => {
  it('are those of the API', () => {
    assert.equal(entryKey({ mountPath: '/x', name: 'n' }, 'volumeMounts'), '/x')
    assert.equal(entryKey({ containerPort: 80, name: 'n' }, 'ports'), '80')
    assert.equal(entryKey({ name: 'n' }, 'initContainers'), 'n')
    assert.equal(entryKey({ name: 'n' }, 'tolerations'), undefined)
    assert.equal(entryKey({ name: { a: 1 } }, 'env'), undefined)
    assert.equal(entryKey(null, 'env'), undefined)
  })

  it('of the first entry count where a key stands twice', () => {
    assert.equal(indexOfEntry([{ name: 'x' }, { name: 'y' }, { name: 'y' }], 'env', 'y'), 1)
    assert.equal(indexOfEntry([], 'env', 'y'), -1)
  })
})

describe('keyedFieldPath', () => {
  it('puts merge keys and odd names into brackets', () => {
    const path = ['spec', 'template', 'spec', 'containers', 'model', 'resources', 'limits', 'nvidia.com/gpu']
    assert.equal(
      keyedFieldPath(path),
      'spec.template.spec.containers[model].resources.limits[nvidia.com/gpu]',
    )
    assert.equal(keyedFieldPath(['metadata', 'labels', 'app']), 'metadata.labels.app')
    assert.equal(keyedFieldPath(['spec', 'volumes', 'kaito-dshm']), 'spec.volumes[kaito-dshm]')
  })
})
