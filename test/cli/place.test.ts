// Where in a file a field stands: the very field, else the first line of what is nearest above it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { objectsOf, parseDocuments } from '../../src/cli/documents.ts'
import { isObject } from '../../src/core/api/json.ts'
import { placeOf, type Place } from '../../src/cli/place.ts'

function place(text: string, field: string, index = 0): Place {
  const source = objectsOf(parseDocuments('x.yaml', text))[index]
  assert.ok(source !== undefined, 'there is such an object')
  return placeOf(source, field)
}

/** The text that a place marks, read without the code that made it. */
function marked(text: string, { start, end }: Place): string {
  const lines = text.replace(/^\ufeff/, '').split('\n')
  const chosen = lines.slice(start.line - 1, end.line)
  const last = chosen.length - 1
  return chosen
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join('\n')
}

const WORKLOAD = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: phi # the model
  annotations:
    kaito.sh/preset: phi-5
    "kaito.sh/adapters": |
      - name: a
        image: b
spec:
  replicas:
  template:
    spec:
      containers:
      - name: log
      - name: model
        image: own:1   # comment
        resources: {limits: {nvidia.com/gpu: 4}}
        ports: [{containerPort: 5000, name: http}]
`

describe('a field that is there', () => {
  const table: readonly (readonly [field: string, want: string])[] = [
    ['kind', 'kind: Deployment'],
    ['metadata.name', 'name: phi'],
    ['metadata.annotations[kaito.sh/preset]', 'kaito.sh/preset: phi-5'],
    ['metadata.annotations[kaito.sh/adapters]', '"kaito.sh/adapters": |\n      - name: a\n        image: b'],
    ['spec.replicas', 'replicas:'],
    ['spec.template.spec.containers[1].image', 'image: own:1'],
    ['spec.template.spec.containers[model].image', 'image: own:1'],
    ['spec.template.spec.containers[model].resources.limits[nvidia.com/gpu]', 'nvidia.com/gpu: 4'],
    ['spec.template.spec.containers[0]', 'name: log'],
    ['spec.template.spec.containers[model].ports[5000].name', 'name: http'],
  ]
  for (const [field, want] of table)
    it(field, () => assert.equal(marked(WORKLOAD, place(WORKLOAD, field)), want))
})

describe('a field that is not there has the first line of what is nearest above it', () => {
  const table: readonly (readonly [field: string, want: string])[] = [
    ['metadata.annotations[kaito.sh/plan]', 'annotations:'],
    ['metadata.annotations[kaito.sh/adapters][0].image', '"kaito.sh/adapters": |'],
    ['spec.template.spec.containers[model].command', 'name: model'],
    ['spec.template.spec.containers[other]', 'containers:'],
    ['spec.template.spec.containers[7].image', 'containers:'],
    ['spec.jobTemplate.metadata.annotations[kaito.sh/preset]', 'spec:'],
    ['status', 'apiVersion: apps/v1'],
    ['', 'apiVersion: apps/v1'],
    ['constructor', 'apiVersion: apps/v1'],
  ]
  for (const [field, want] of table)
    it(field, () => assert.equal(marked(WORKLOAD, place(WORKLOAD, field)).split('\n')[0]?.trimEnd(), want))
})

/** Every path to a value, with that value; keys are made of letters that YAML 1.1 takes for nothing else. */
function leaves(value: unknown, path = ''): readonly (readonly [path: string, value: unknown])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`))
  if (!isObject(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, member]) =>
    leaves(member, path === '' ? key : `${path}.${key}`),
  )
}

describe('whatever a file holds, and however it is written', () => {
  const key = fc.stringMatching(/^[abcd]{1,4}$/)
  const { object } = fc.letrec(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
    object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  }))

  it('what is marked is the field', () => {
    fc.assert(
      fc.property(object, fc.constantFrom('block', 'flow'), (value, collectionStyle) => {
        const text = stringify({ kind: 'A', spec: value }, { collectionStyle, lineWidth: 0 })
        for (const [path, leaf] of leaves(value)) {
          const field = path === '' ? 'spec' : `spec.${path}`
          const name = /\w+$/.exec(field)?.[0]
          const want = name === undefined ? leaf : { [name]: leaf }
          assert.deepEqual(parse(marked(text, place(text, field))), want, `${field} in ${text}`)
        }
      }),
    )
  })

  it('any path has a place', () => {
    fc.assert(
      fc.property(object, fc.oneof(fc.string(), fc.stringMatching(/^[a-z.[\]0-9]*$/)), (value, field) => {
        const text = stringify({ kind: 'A', spec: value })
        const { start, end } = place(text, field)
        assert.ok(start.line >= 1 && start.column >= 1 && end.line >= start.line)
        assert.ok(end.line > start.line || end.column >= start.column)
      }),
    )
  })
})

describe('other ways to write a file', () => {
  it('lines count from the beginning of the file, not of the document', () => {
    const text = `a: 1\n---\n# two\n${WORKLOAD}`
    const { start } = place(text, 'metadata.name', 1)
    assert.deepEqual(start, { line: 7, column: 3 })
  })

  it('an item of a List', () => {
    const text = 'kind: List\nitems:\n- {kind: A, metadata: {name: a}}\n- kind: B\n  metadata: {name: b}\n'
    assert.equal(marked(text, place(text, 'metadata.name', 1)), 'name: b')
    assert.deepEqual(place(text, 'metadata.name', 1).start, { line: 5, column: 14 })
    assert.equal(marked(text, place(text, 'spec', 0)), '{kind: A, metadata: {name: a}}')
  })

  it('JSON', () => {
    const text = '{\n  "kind": "A",\n  "spec": {"replicas": 3}\n}'
    assert.equal(marked(text, place(text, 'spec.replicas')), '"replicas": 3')
    assert.equal(marked(text, place(text, 'metadata')), '{')
  })

  it('CRLF', () => {
    const text = 'kind: A\r\nspec:\r\n  a: 1\r\n  b: 2\r\n'
    assert.equal(marked(text, place(text, 'spec.b')), 'b: 2')
    assert.deepEqual(place(text, 'spec.b').start, { line: 4, column: 3 })
    assert.deepEqual(place(text, 'spec.c').end, { line: 2, column: 6 })
  })

  it('a byte order mark takes no column', () => {
    const text = '\ufeffkind: A\nspec: 1\n'
    assert.deepEqual(place(text, 'kind'), {
      file: 'x.yaml',
      start: { line: 1, column: 1 },
      end: { line: 1, column: 8 },
    })
    assert.deepEqual(place(text, 'spec').start, { line: 2, column: 1 })
  })

  it('through an alias to what is written at its anchor', () => {
    const text = 'kind: A\nx-spec: &s\n  replicas: 3\nspec: *s\n'
    assert.equal(marked(text, place(text, 'spec.replicas')), 'replicas: 3')
    assert.equal(marked(text, place(text, 'spec')), 'spec: *s')
  })

  it('a member that is merged in, and one that is written over it', () => {
    const text = 'kind: A\nbase: &b {a: 1, b: 2}\nmore: &m {c: 3}\nspec:\n  <<: [*b, *m]\n  a: 4\n'
    assert.equal(marked(text, place(text, 'spec.a')), 'a: 4')
    assert.equal(marked(text, place(text, 'spec.b')), 'b: 2')
    assert.equal(marked(text, place(text, 'spec.c')), 'c: 3')
    assert.equal(marked(text, place(text, 'spec.d')), 'spec:')
  })

  it('keys that are no texts', () => {
    const text = 'kind: A\nspec: {1: x, true: y}\n'
    assert.equal(marked(text, place(text, 'spec.1')), '1: x')
  })
})
