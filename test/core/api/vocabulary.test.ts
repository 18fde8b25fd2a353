import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseYaml } from '../../../src/cli/parse-yaml.ts'
import { ANNOTATIONS, ANNOTATION_NAMES, UPSTREAM_KEYS } from '../../../src/core/api/annotations.ts'
import { formatFieldError, type FieldError } from '../../../src/core/api/field-error.ts'
import { hashEntry, hashHex } from '../../../src/core/api/hash.ts'
import { imageRepository } from '../../../src/core/api/image.ts'
import { REASON_CODES } from '../../../src/core/api/reason.ts'
import { fail, ok } from '../../../src/core/api/result.ts'

describe('the registry of annotations', () => {
  it('has every key of the contract, in its order', () => {
    assert.deepEqual(ANNOTATION_NAMES, [
      'preset',
      'instance-type',
      'runtime',
      'max-model-len',
      'weights',
      'adapters',
      'config',
      'model-access-secret',
      'api-key-secret',
      'container',
      'nodes-per-replica',
      'provisioning',
      'idle-grace',
      'service',
      'replan',
      'bypass-resource-checks',
      'tuning-method',
      'tuning-input-urls',
      'tuning-input-image',
      'tuning-output-image',
      'tuning-output-image-push-secret',
    ])
  })

  for (const name of ANNOTATION_NAMES) {
    it(`${name} has a grammar, a meaning, and an example that its parser takes`, () => {
      const { grammar, meaning, example, parse } = ANNOTATIONS[name]
      assert.ok(grammar.length > 0 && meaning.endsWith('.'))
      assert.ok('value' in parse(example, parseYaml), example)
    })
  }

  it('shares no key with upstream, but for those that upstream has for the same purpose', () => {
    const shared = ANNOTATION_NAMES.filter(name => UPSTREAM_KEYS.has(`kaito.sh/${name}`))
    assert.deepEqual(shared, [])
  })
})

describe('formatFieldError', () => {
  const error: FieldError = {
    type: 'Invalid',
    field: 'spec.x',
    value: 'a"b\n',
    detail: 'must be c',
    code: 'InvalidTemplate',
  }
  it('says it as the API server does', () =>
    assert.equal(formatFieldError(error), 'spec.x: Invalid value: "a\\"b\\n": must be c'))

  it('leaves the value out where there is none', () => {
    const { value: _, ...without } = error
    assert.equal(formatFieldError({ ...without, type: 'Forbidden' }), 'spec.x: Forbidden: must be c')
  })

  it('cuts long values', () => {
    const text = formatFieldError({ ...error, value: 'x'.repeat(200 * 1024) })
    assert.equal(text, `spec.x: Invalid value: "${'x'.repeat(80)}…": must be c`)
  })

  for (const [type, title] of [
    ['Required', 'Required value'],
    ['NotSupported', 'Unsupported value'],
    ['NotFound', 'Not found'],
    ['Duplicate', 'Duplicate value'],
    ['TooLong', 'Too long'],
  ] as const)
    it(`calls ${type} "${title}"`, () =>
      assert.ok(formatFieldError({ ...error, type }).includes(`: ${title}: `)))
})

describe('imageRepository', () => {
  const table: Readonly<Record<string, string>> = {
    nginx: 'nginx',
    'nginx:1': 'nginx',
    'nginx@sha256:0': 'nginx',
    'a.example:5000/team/app': 'a.example:5000/team/app',
    'a.example:5000/team/app:1@sha256:0': 'a.example:5000/team/app',
    '': '',
    ':1': '',
  }
  for (const [given, want] of Object.entries(table))
    it(`${JSON.stringify(given)} → ${JSON.stringify(want)}`, () => assert.equal(imageRepository(given), want))
})

describe('hashes', () => {
  it('are pinned: another algorithm would make every entry of every plan the user’s', () => {
    assert.equal(
      hashEntry({ name: 'http', containerPort: 5000 }),
      hashEntry({ containerPort: 5000, name: 'http' }),
    )
    assert.equal(hashEntry('1'), 'ORVSwJnB')
    assert.equal(hashEntry(null), 'dCNOmK_n')
    assert.equal(hashHex('kaito', 16), 'f161f78d0f5fed6a')
  })

  it('tell a number from its text', () => assert.notEqual(hashEntry(1), hashEntry('1')))
})

describe('reason codes', () => {
  it('are named once each', () => assert.equal(new Set(REASON_CODES).size, REASON_CODES.length))
})

describe('Result', () => {
  it('is a value or every mistake', () => {
    assert.deepEqual(ok(1), { ok: true, value: 1 })
    assert.deepEqual(fail(), { ok: false, errors: [] })
  })
})
