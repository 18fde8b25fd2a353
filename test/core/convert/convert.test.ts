// Upstream objects → native ones: what every field becomes, every mistake with its place, and nothing lost in silence.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatFieldError } from '../../../src/core/api/field-error.ts'
import { isObject, objectAt, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import { convertObject, type Conversion } from '../../../src/core/convert/convert.ts'
import { CONTEXT } from '../admit/admission.ts'
import { makeInferenceSet, makeWorkspace, type UpstreamParts } from './make-upstream.ts'

function converted(object: JsonObject): Conversion {
  const conversion = convertObject(object, CONTEXT)
  assert.ok(conversion !== undefined)
  return conversion
}

function objectsOf(object: JsonObject): readonly JsonObject[] {
  const { objects, errors } = converted(object)
  assert.deepEqual(errors.map(formatFieldError), [])
  return objects
}

/** The value at a path of the first object that comes out. */
function outcome(parts: UpstreamParts, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined,
    objectsOf(makeWorkspace(parts))[0],
  )
}

function noteFields(object: JsonObject): readonly string[] {
  return converted(object).notes.map(({ field }) => field)
}

const POD = ['spec', 'template', 'spec'] as const
const ANNOTATIONS = ['metadata', 'annotations'] as const
const TEMPLATE = { spec: { containers: [{ name: 'own', image: 'own:1' }] } }
const TUNING = {
  preset: { name: 'phi-3-mini-128k-instruct' },
  method: 'qlora',
  input: { urls: ['https://example.com/a.parquet'] },
  output: { image: 'registry.example.com/a:1', imagePushSecret: 'push' },
}

describe('convertObject', () => {
  it('leaves everything else alone', () => {
    for (const object of [
      {},
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'kaito.sh/v1beta1', kind: 'RAGEngine' },
      { apiVersion: 'kaito.sh/v2', kind: 'Workspace' },
      { apiVersion: 'example.com/v1beta1', kind: 'Workspace' },
      { apiVersion: 'kaito.sh/v1beta1', kind: 'constructor' },
    ])
      assert.equal(convertObject(object, CONTEXT), undefined)
  })

  const nodes: readonly (readonly [string, UpstreamParts, readonly (string | number)[], unknown])[] = [
    ['labels become the node selector', {}, [...POD, 'nodeSelector'], { apps: 'phi' }],
    [
      'v1alpha1 without an instance type gets upstream’s default',
      { version: 'v1alpha1', resource: { instanceType: null } },
      [...ANNOTATIONS, 'kaito.sh/instance-type'],
      'Standard_NC24ads_A100_v4',
    ],
    [
      'v1beta1 without an instance type runs on nodes that exist',
      { resource: { instanceType: '' } },
      [...ANNOTATIONS, 'kaito.sh/provisioning'],
      'none',
    ],
    [
      'count is servers in v1alpha1',
      { version: 'v1alpha1', resource: { count: 3 } },
      ['spec', 'replicas'],
      3,
    ],
    ['count is ignored in v1beta1', { resource: { count: 3 } }, ['spec', 'replicas'], undefined],
    [
      'but not for a template',
      { resource: { count: 3 }, inference: { template: TEMPLATE } },
      ['spec', 'replicas'],
      3,
    ],
    [
      'an accelerator partition is a number of GPUs',
      { resource: { partition: { mode: 'accelerator', count: 1 } } },
      [...POD, 'containers', 0, 'resources', 'limits'],
      { 'nvidia.com/gpu': '1' },
    ],
    [
      'an expression with a single value is a label',
      { resource: { labelSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] } } },
      [...POD, 'nodeSelector'],
      { a: 'b' },
    ],
    [
      'labels that contradict each other both hold',
      {
        resource: {
          labelSelector: {
            matchLabels: { a: 'x' },
            matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }],
          },
        },
      },
      [...POD, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'],
      { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }] },
    ],
  ]
  const work: typeof nodes = [
    [
      'the performance mode is a flag of vLLM',
      { annotations: { 'kaito.sh/performance-mode': 'interactivity' } },
      [...POD, 'containers', 0, 'args'],
      ['--performance-mode=interactivity'],
    ],
    [
      'pull secrets are the pod’s, each once',
      {
        inference: {
          preset: { name: 'phi-4', presetOptions: { imagePullSecrets: ['a', 'b', 'a'] } },
        },
      },
      [...POD, 'imagePullSecrets'],
      [{ name: 'a' }, { name: 'b' }],
    ],
    [
      'a template’s labels stay, and its selector is a label of its own',
      {
        inference: { template: { metadata: { labels: { app: 'theirs' } }, ...TEMPLATE } },
      },
      ['spec'],
      {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'phi' } },
        template: {
          metadata: { labels: { app: 'theirs', 'app.kubernetes.io/name': 'phi' } },
          spec: {
            ...TEMPLATE.spec,
            nodeSelector: { 'node.kubernetes.io/instance-type': 'Standard_NC24ads_A100_v4', apps: 'phi' },
            tolerations: [
              { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
              { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
            ],
          },
        },
      },
    ],
    [
      'several URLs, with what would separate them escaped',
      { tuning: { ...TUNING, input: { urls: ['https://a.example/x?c=1,2', 'https://b.example/a b'] } } },
      [...ANNOTATIONS, 'kaito.sh/tuning-input-urls'],
      'https://a.example/x?c=1%2C2\nhttps://b.example/a%20b',
    ],
    [
      'a data image, its pull secrets on the pod',
      { tuning: { ...TUNING, input: { image: 'registry.example.com/data:1', imagePullSecrets: ['pull'] } } },
      [...POD, 'imagePullSecrets'],
      [{ name: 'pull' }],
    ],
    [
      'the method in lower case',
      { tuning: { ...TUNING, method: 'QLoRA' } },
      [...ANNOTATIONS, 'kaito.sh/tuning-method'],
      'qlora',
    ],
  ]
  for (const [name, parts, path, want] of [...nodes, ...work])
    it(name, () => assert.deepEqual(outcome(parts, ...path), want))

  it('makes a LoadBalancer of its own, for pod 0 where the pods serve together', () => {
    const objects = objectsOf(
      makeWorkspace({
        annotations: { 'kaito.sh/enablelb': 'True' },
        resource: { instanceType: 'Standard_ND96isr_H100_v5' },
        inference: { preset: { name: 'deepseek-v3-0324' } },
      }),
    )
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ['StatefulSet', 'Service'],
    )
    assert.deepEqual(objects[1]?.['spec'], {
      type: 'LoadBalancer',
      selector: { app: 'phi', 'apps.kubernetes.io/pod-index': '0' },
      ports: [{ name: 'http', port: 80, targetPort: 5000 }],
    })
  })

  it('makes one Deployment of an InferenceSet, scaled to zero as well', () => {
    const [deployment, ...others] = objectsOf(makeInferenceSet({ replicas: 0 }))
    assert.deepEqual([others, objectAt(deployment, 'spec')['replicas']], [[], 0])
  })
})

describe('mistakes, all at once and in upstream’s fields', () => {
  const table: readonly (readonly [JsonObject, readonly string[]])[] = [
    [
      { apiVersion: 'kaito.sh/v1beta1', kind: 'Workspace' },
      [
        'metadata.name: Required value: the native workload gets the same name',
        'resource.labelSelector: Required value: says which labels the nodes have: {matchLabels: {apps: my-model}}',
        'inference: Required value: inference or tuning says what the Workspace does',
      ],
    ],
    [
      makeWorkspace({ name: 'Phi.4' }),
      [
        'metadata.name: Invalid value: "Phi.4": must be lower case letters, digits and "-" (a DNS-1123 label)',
      ],
    ],
    [
      makeWorkspace({ inference: { preset: { name: 'phi-4' } }, tuning: TUNING }),
      ['tuning: Forbidden: inference is set: it is one or the other'],
    ],
    [
      makeWorkspace({ inference: { preset: { name: 'phi-4' }, template: TEMPLATE } }),
      ['inference.template: Forbidden: preset is set: it is one or the other'],
    ],
    [
      makeWorkspace({ inference: { preset: { name: 'phi-4', accessMode: 'secret' } } }),
      ['inference.preset.accessMode: Unsupported value: "secret": supported values: "public", "private"'],
    ],
    [
      makeWorkspace({ inference: { preset: { name: 'phi-4', accessMode: 'private' } } }),
      [
        'inference.preset.presetOptions.image: Required value: accessMode private needs the image that is private',
      ],
    ],
    [
      makeWorkspace({
        annotations: { 'kaito.sh/runtime': 'onnx' },
        resource: { count: 0, preferredNodes: 'gpu-a' },
      }),
      [
        'metadata.annotations[kaito.sh/runtime]: Unsupported value: "onnx": supported values: "vllm", "transformers"',
        'resource.count: Invalid value: "0": must be a whole number, 1 or more',
        'resource.preferredNodes: Invalid value: "\\"gpu-a\\"": must be a list',
      ],
    ],
    [
      makeWorkspace({
        inference: {
          preset: { name: 'phi-4' },
          adapters: [
            { source: { name: 'a', image: 'x:1' }, strength: '2' },
            { source: { name: 'a', urls: ['https://example.com'] } },
            {},
            { source: { name: 'B', image: 'x:1' }, strength: 0.5 },
          ],
        },
      }),
      [
        'inference.adapters[0].strength: Invalid value: "2": must be a number from 0 to 1',
        'inference.adapters[1].source.urls: Forbidden: adapters come from an image or a volume',
        'inference.adapters[1].source.image: Required value: an image with the adapter under /data, or a volumeSource',
        'inference.adapters[2].source: Required value: the name and the image of the adapter',
        'inference.adapters[3].source.name: Invalid value: "B": must be lower case letters, digits and "-" (a DNS-1123 label)',
        'inference.adapters[3].strength: Invalid value: "0.5": must be a string (numbers and booleans take quotes)',
        'inference.adapters[1].source.name: Duplicate value: "a": must be unique',
      ],
    ],
    [
      makeWorkspace({
        resource: { count: 2 },
        tuning: {
          preset: { name: 'phi-3-mini-128k-instruct' },
          method: 'full',
          input: {},
          output: { image: 'a:1', volumeSource: {} },
        },
      }),
      [
        'tuning.method: Unsupported value: "full": supported values: "lora", "qlora"',
        'tuning.input: Required value: exactly one of urls, image, volumeSource',
        'tuning.output.volumeSource: Forbidden: image is set: exactly one of image, volumeSource',
        'tuning.output.imagePushSecret: Required value: the Secret with the credentials for the push',
        'resource.count: Invalid value: "2": must be 1: tuning runs on one node',
      ],
    ],
    [
      makeInferenceSet({
        preset: 'deepseek-v3-0324',
        instanceType: 'Standard_ND96isr_H100_v5',
        replicas: 101,
      }),
      ['spec.replicas: Invalid value: "101": must be at most 100: the model takes a StatefulSet for each'],
    ],
  ]
  for (const [object, want] of table)
    it(want[0] ?? '', () => {
      const { objects, errors } = converted(object)
      assert.deepEqual(objects, [])
      assert.deepEqual(errors.map(formatFieldError), want)
    })

  it('of admission come with the field that the user wrote', () => {
    const { errors } = converted(makeInferenceSet({ preset: 'no-such-model', instanceType: 'Standard_X1' }))
    assert.deepEqual(
      errors.map(({ field }) => field),
      ['spec.template.inference.preset.name', 'spec.template.resource.instanceType'],
    )
  })
})

describe('nothing is lost in silence', () => {
  it('an unknown field anywhere has a note', () => {
    const workspace = makeWorkspace({
      resource: { colour: 'red' },
      inference: {
        preset: { name: 'phi-4', presetOptions: { speed: 1 } },
        adapters: [{ source: { name: 'a', image: 'x:1', tag: 1 }, weight: 1 }],
      },
    })
    assert.deepEqual(noteFields({ ...workspace, spec: {} }), [
      'spec',
      'resource.colour',
      'inference.preset.presetOptions.speed',
      'inference.adapters[0].weight',
      'inference.adapters[0].source.tag',
    ])
  })

  it('every annotation is kept, or has a note, or is what the outcome shows', () => {
    const annotations = {
      'example.com/owner': 'me',
      'kaito.sh/idle-grace': '10m',
      'kaito.sh/node-class-name': 'x',
      'kaito.sh/made-up': 'x',
      'kaito.sh/enablelb': 'true',
    }
    const workspace = makeWorkspace({ annotations })
    assert.deepEqual(noteFields(workspace), [
      'metadata.annotations[kaito.sh/node-class-name]',
      'metadata.annotations[kaito.sh/made-up]',
      'metadata.annotations[kaito.sh/enablelb]',
    ])
    const kept = outcome({ annotations }, ...ANNOTATIONS) as JsonObject
    assert.equal(kept['example.com/owner'], 'me')
    assert.equal(kept['kaito.sh/idle-grace'], '10m')
  })

  it('a template drops what only a preset has, and says so', () => {
    const workspace = makeWorkspace({
      annotations: { 'kaito.sh/runtime': 'vllm', 'kaito.sh/performance-mode': 'throughput' },
      inference: { config: 'x', template: { spec: { ...TEMPLATE.spec, affinity: {} } } },
    })
    assert.deepEqual(noteFields(workspace), [
      'inference.config',
      'inference.template',
      'inference.template.spec.affinity',
      'metadata.annotations[kaito.sh/runtime]',
      'metadata.annotations[kaito.sh/performance-mode]',
    ])
  })
})

describe('convertObject, whatever it is given', () => {
  const anything = fc.jsonValue() as fc.Arbitrary<Json>
  /** A good Workspace with one of its places taken by anything. */
  const damaged = fc
    .tuple(fc.constantFrom('metadata', 'resource', 'inference', 'tuning', 'status'), anything, fc.boolean())
    .map(([key, value, deep]) => withDamage(key, value, deep))

  it('does not throw, and gives objects or mistakes', () => {
    fc.assert(
      fc.property(damaged, object => {
        const { objects, errors, notes } = converted(object)
        assert.ok(errors.length === 0 || objects.length === 0)
        assert.ok([...errors, ...notes].every(({ field }) => field !== ''))
      }),
      { numRuns: 300 },
    )
  })

  it('says the same every time and changes nothing', () => {
    fc.assert(
      fc.property(damaged, object => {
        const before = JSON.stringify(object)
        const first = JSON.stringify(converted(object))
        assert.equal(JSON.stringify(converted(object)), first)
        assert.equal(JSON.stringify(object), before)
      }),
      { numRuns: 50 },
    )
  })
})

function withDamage(key: string, value: Json, deep: boolean): JsonObject {
  const workspace = makeWorkspace({})
  const before = workspace[key]
  const inside = isObject(before) ? { ...before, [Object.keys(before)[0] ?? 'x']: value } : value
  return { ...workspace, [key]: deep ? inside : value }
}
