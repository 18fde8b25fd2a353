// What the decision reads of a template: which container is filled, how many GPUs it asks for, what cannot be.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatFieldError } from '../../../src/core/api/field-error.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { readTemplate, serverOf } from '../../../src/core/template/reading.ts'
import type { TemplateReading } from '../../../src/core/template/step.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { STATEFUL_SET } from '../../../src/core/workload/stateful-set.ts'
import { makeWorkload } from '../admit/make-workload.ts'

function read(containers: Json, container?: string, pod: JsonObject = {}): ReturnType<typeof readTemplate> {
  const object = makeWorkload({ pod: { ...pod, containers } })
  return readTemplate(DEPLOYMENT, object, container === undefined ? {} : { container })
}

function readingOf(containers: Json, container?: string): TemplateReading {
  const reading = read(containers, container)
  assert.ok(reading.ok)
  return reading.value
}

function mistakesIn(containers: Json, container?: string, pod?: JsonObject): readonly string[] {
  const reading = read(containers, container, pod)
  return reading.ok ? [] : reading.errors.map(formatFieldError)
}

function gpus(limits: Json, requests?: Json): Json {
  const wanted = requests === undefined ? {} : { requests: { 'nvidia.com/gpu': requests } }
  return [{ name: 'model', resources: { limits: { cpu: '1', 'nvidia.com/gpu': limits }, ...wanted } }]
}

const SIDECAR = { name: 'side', image: 'side:1' }
const LIST = 'spec.template.spec.containers'

describe('the container to fill', () => {
  interface Row {
    readonly name: string
    readonly containers: Json
    readonly annotation?: string
    readonly want: readonly [name: string, position: number]
  }
  const table: readonly Row[] = [
    { name: 'none: one called model is made', containers: [], want: ['model', 0] },
    { name: 'null: one called model is made', containers: null, want: ['model', 0] },
    {
      name: 'none: one is made with the name that was asked for',
      containers: [],
      annotation: 'llm',
      want: ['llm', 0],
    },
    { name: 'the only one, whatever its name', containers: [{ name: 'x' }], want: ['x', 0] },
    { name: 'the only one, with an image too', containers: [SIDECAR], want: ['side', 0] },
    { name: 'the only one without an image', containers: [SIDECAR, { name: 'x' }], want: ['x', 1] },
    {
      name: 'the only one with an empty image',
      containers: [SIDECAR, { name: 'x', image: '' }],
      want: ['x', 1],
    },
    {
      name: 'the one called model, if several have none',
      containers: [{ name: 'x' }, { name: 'model' }],
      want: ['model', 1],
    },
    {
      name: 'the one called model, if all have one',
      containers: [SIDECAR, { name: 'model', image: 'm' }],
      want: ['model', 1],
    },
    {
      name: 'the one that was named',
      containers: [SIDECAR, { name: 'x' }],
      annotation: 'side',
      want: ['side', 0],
    },
  ]
  for (const { name, containers, annotation, want } of table) {
    it(`is ${name}`, () => {
      const { containerName, containerField } = readingOf(containers, annotation)
      assert.deepEqual([containerName, containerField], [want[0], `${LIST}[${want[1]}]`])
    })
  }

  it('is asked for where nothing tells them apart', () => {
    assert.deepEqual(mistakesIn([SIDECAR, { name: 'logger', image: 'l' }]), [
      'metadata.annotations[kaito.sh/container]: Required value: the pod template has 2 containers: name the one to fill; supported values: "side", "logger"',
    ])
    assert.equal(mistakesIn([{ name: 'a' }, { name: 'b' }]).length, 1)
  })

  it('must exist where it is named', () => {
    assert.deepEqual(mistakesIn([SIDECAR], 'modle'), [
      'metadata.annotations[kaito.sh/container]: Not found: "modle": no container of the pod template has this name; supported values: "side"',
    ])
  })

  it('must have a name that the API server takes', () => {
    assert.deepEqual(mistakesIn([{}]), [
      `${LIST}[0].name: Required value: must be a container name: lower case letters, digits and "-" (a DNS-1123 label)`,
    ])
    assert.deepEqual(mistakesIn([{ name: 'A.b' }]), [
      `${LIST}[0].name: Invalid value: "A.b": must be a container name: lower case letters, digits and "-" (a DNS-1123 label)`,
    ])
    assert.equal(mistakesIn([{ name: '__proto__' }]).length, 1)
  })
})

describe('the GPUs that the container asks for', () => {
  const table: readonly (readonly [Json, number | undefined])[] = [
    [gpus('2'), 2],
    [gpus(2), 2],
    [gpus('8', 8), 8],
    [gpus(null), undefined],
    [[{ name: 'model', resources: { requests: { 'nvidia.com/gpu': '4' } } }], 4],
    [[{ name: 'model', resources: {} }], undefined],
    [[{ name: 'model', resources: null }], undefined],
  ]
  for (const [containers, want] of table)
    it(`${JSON.stringify(containers)}: ${want}`, () => assert.equal(readingOf(containers).gpus, want))

  const field = `${LIST}[0].resources`
  for (const value of ['0', '-1', '1.5', '500m', 'many', '', 0, 1.5, true, '10000'])
    it(`are refused as ${JSON.stringify(value)}`, () => {
      const shown = JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value))
      assert.deepEqual(mistakesIn(gpus(value)), [
        `${field}.limits[nvidia.com/gpu]: Invalid value: ${shown}: must be a whole number of GPUs, 1 or more; leave it out and it is computed`,
      ])
    })

  it('are refused where request and limit differ', () => {
    assert.deepEqual(mistakesIn(gpus('2', '1')), [
      `${field}.requests[nvidia.com/gpu]: Invalid value: "1": must be equal to the limit of nvidia.com/gpu, 2`,
    ])
  })

  it('are refused in both places where both are wrong', () =>
    assert.equal(mistakesIn(gpus('x', 'y')).length, 2))
})

describe('nodeName', () => {
  it('is refused, together with every other mistake in the template', () => {
    assert.deepEqual(mistakesIn([{ name: 'a' }, { name: 'b' }], undefined, { nodeName: 'node-1' }), [
      'spec.template.spec.nodeName: Forbidden: "node-1": must be empty: kaito-native chooses the node (use nodeSelector or node affinity to narrow the choice)',
      'metadata.annotations[kaito.sh/container]: Required value: the pod template has 2 containers: name the one to fill; supported values: "a", "b"',
    ])
  })

  it('is fine when it is empty', () =>
    assert.deepEqual(mistakesIn([{ name: 'a' }], undefined, { nodeName: '' }), []))
})

describe('the rest of the reading', () => {
  it('knows the repository of an own image', () => {
    assert.equal(readingOf([{ name: 'a', image: 'x.example:1/y:2' }]).repository, 'x.example:1/y')
    assert.equal(readingOf([{ name: 'a', image: null }]).repository, undefined)
  })

  const ports: readonly (readonly [Json, boolean])[] = [
    [undefined as unknown as Json, false],
    [[{ containerPort: 8080, name: 'http' }], true],
    [[{ containerPort: 5000, name: 'http' }], false],
    [[{ containerPort: 8080 }], false],
  ]
  for (const [list, want] of ports)
    it(`${JSON.stringify(list)}: another port is called http: ${want}`, () =>
      assert.equal(readingOf([{ name: 'a', ports: list }]).httpPortTaken, want))

  const strategies: readonly (readonly [JsonObject, boolean])[] = [
    [{}, true],
    [{ strategy: null }, true],
    [{ strategy: { type: '' } }, true],
    [
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } },
      true,
    ],
    [{ strategy: { type: 'RollingUpdate', rollingUpdate: null } }, true],
    [{ strategy: { type: 'Recreate' } }, false],
    [{ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } } }, false],
    [{ strategy: { rollingUpdate: { maxUnavailable: 1 } } }, false],
  ]
  for (const [spec, want] of strategies)
    it(`${JSON.stringify(spec)}: the strategy is the default: ${want}`, () => {
      const reading = readTemplate(DEPLOYMENT, makeWorkload({ spec }), {})
      assert.ok(reading.ok)
      assert.equal(reading.value.defaultStrategy, want)
    })

  it('sees no such strategy in a StatefulSet', () => {
    const reading = readTemplate(STATEFUL_SET, makeWorkload({ kind: 'StatefulSet' }), {})
    assert.ok(reading.ok && !reading.value.defaultStrategy)
  })
})

describe('serverOf', () => {
  const revisions = [{ image: 'mcr.example/kaito-base:0.5.0' }, { image: 'mcr.example/kaito-phi:1' }] as never
  const table: readonly (readonly [
    repository: string | undefined,
    runtime: 'vllm' | undefined,
    want: string,
  ])[] = [
    [undefined, undefined, 'preset'],
    ['mcr.example/kaito-base', undefined, 'preset'],
    ['mcr.example/kaito-phi', undefined, 'preset'],
    ['mirror.example/kaito-base', undefined, 'own'],
    ['mirror.example/kaito-base', 'vllm', 'preset'],
    ['mcr.example/kaito', undefined, 'own'],
  ]
  for (const [repository, runtime, want] of table)
    it(`image of ${repository ?? 'nobody'}, runtime ${runtime ?? 'not given'}: ${want}`, () =>
      assert.equal(serverOf({ repository }, runtime === undefined ? {} : { runtime }, { revisions }), want))
})
