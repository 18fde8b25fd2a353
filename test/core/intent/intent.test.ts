// Annotations → Intent: one row for each annotation of the registry, every mistake in one answer, nothing silent.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseYaml } from '../../../src/cli/parse-yaml.ts'
import {
  ANNOTATION_NAMES,
  PREFIX,
  UPSTREAM_KEYS,
  type AnnotationName,
} from '../../../src/core/api/annotations.ts'
import { formatFieldError } from '../../../src/core/api/field-error.ts'
import type { Json } from '../../../src/core/api/json.ts'
import { parseIntent, unknownAnnotationWarnings, type Intent } from '../../../src/core/intent/intent.ts'

const PATH = 'metadata.annotations'

function parse(annotations: Readonly<Record<string, Json>>): ReturnType<typeof parseIntent> {
  const keyed = Object.entries(annotations).map(([name, value]) => [PREFIX + name, value] as const)
  return parseIntent(Object.fromEntries(keyed), PATH, parseYaml)
}

function messages(annotations: Readonly<Record<string, Json>>): readonly string[] {
  return parse(annotations).errors.map(formatFieldError)
}

interface Row {
  readonly good: readonly (readonly [text: string, want: Partial<Intent>])[]
  readonly bad: readonly (readonly [text: string, message: string])[]
}

const NAME_OF_OBJECT =
  'must be the name of an object: lower case letters, digits, "-" and "." (a DNS-1123 subdomain)'
const ADAPTERS = 'must be a YAML or JSON list of {name, image, strength?, imagePullSecrets?}'
const WEIGHTS = 'must be "pvc:CLAIM", "pvc:CLAIM/PATH" or "image:REFERENCE"'

const ROWS: Readonly<Record<AnnotationName, Row>> = {
  preset: {
    good: [
      ['phi-4', { preset: { name: 'phi-4' } }],
      [' microsoft/Phi-4@Kaito-0.4 ', { preset: { name: 'microsoft/Phi-4', revision: 'Kaito-0.4' } }],
    ],
    bad: [
      [
        'phi 4',
        'Invalid value: "phi 4": must be a preset name, an alias or a Hugging Face id, with an optional @revision, like "phi-4-mini-instruct"',
      ],
    ],
  },
  'instance-type': {
    good: [
      ['auto', { instanceTypes: [] }],
      ['b, a', { instanceTypes: ['b', 'a'] }],
    ],
    bad: [
      [
        'a b',
        'Invalid value: "a b": must be "auto", an instance type, or a comma-separated list of them in order of preference',
      ],
    ],
  },
  runtime: {
    good: [['transformers', { runtime: 'transformers' }]],
    bad: [['VLLM', 'Unsupported value: "VLLM": supported values: "vllm", "transformers"']],
  },
  'max-model-len': {
    good: [['8192', { maxModelLen: 8192 }]],
    bad: [['8k', 'Invalid value: "8k": must be a positive integer']],
  },
  weights: {
    good: [
      ['pvc:cache', { weights: { kind: 'claim', claim: 'cache' } }],
      ['pvc:cache/phi', { weights: { kind: 'claim', claim: 'cache', path: 'phi' } }],
      ['image:r.example/w:1', { weights: { kind: 'image', reference: 'r.example/w:1' } }],
    ],
    bad: [
      ['cache', `Invalid value: "cache": ${WEIGHTS}`],
      ['pvc:c/../d', `Invalid value: "pvc:c/../d": ${WEIGHTS}; PATH is relative, without "." or ".." steps`],
      ['image:W:1', `Invalid value: "image:W:1": ${WEIGHTS}`],
    ],
  },
  adapters: {
    good: [
      ['[]', { adapters: [] }],
      [
        '[{"name": "tone", "image": "r.example:5000/tone:1"}]',
        { adapters: [{ name: 'tone', image: 'r.example:5000/tone:1', imagePullSecrets: [] }] },
      ],
      [
        '- name: a\n  image: a\n  strength: 0.5\n  imagePullSecrets: [hub, {name: hub}, other]\n- {name: b, image: b@sha256:' +
          `${'0'.repeat(64)}, strength: "1"}`,
        {
          adapters: [
            { name: 'a', image: 'a', strength: '0.5', imagePullSecrets: ['hub', 'other'] },
            { name: 'b', image: `b@sha256:${'0'.repeat(64)}`, strength: '1', imagePullSecrets: [] },
          ],
        },
      ],
    ],
    bad: [
      ['tone', `Invalid value: "tone": ${ADAPTERS}`],
      ['', `Invalid value: "": ${ADAPTERS}`],
      [
        '{"name": "a", "image": "a"}',
        `Invalid value: "{\\"name\\": \\"a\\", \\"image\\": \\"a\\"}": ${ADAPTERS}`,
      ],
      ['[', `Invalid value: "[": ${ADAPTERS}: Flow sequence must end with a ] at line 1, column 2`],
      [
        '- &a {name: a}\n- *a',
        `Invalid value: "- &a {name: a}\\n- *a": ${ADAPTERS}: Alias resolution is disabled`,
      ],
    ],
  },
  config: {
    good: [['settings', { config: 'settings' }]],
    bad: [['Settings', `Invalid value: "Settings": ${NAME_OF_OBJECT}`]],
  },
  'model-access-secret': {
    good: [['hf', { modelAccessSecret: 'hf' }]],
    bad: [
      ['hf_AbC', 'Invalid value: must be the name of a Secret, not the token itself'],
      ['A1b2', `Invalid value: ${NAME_OF_OBJECT}`],
    ],
  },
  'api-key-secret': {
    good: [['key', { apiKeySecret: 'key' }]],
    bad: [['sk-AbC', 'Invalid value: must be the name of a Secret, not the token itself']],
  },
  container: {
    good: [['model', { container: 'model' }]],
    bad: [
      [
        'a.b',
        'Invalid value: "a.b": must be a container name: lower case letters, digits and "-" (a DNS-1123 label)',
      ],
    ],
  },
  'nodes-per-replica': {
    good: [
      ['1', { nodesPerReplica: 1 }],
      ['2', { nodesPerReplica: 2 }],
    ],
    bad: [['0', 'Invalid value: "0": must be a positive integer']],
  },
  provisioning: {
    good: [
      ['auto', {}],
      ['none', { provisioning: 'none' }],
      ['machine', { provisioning: 'machine' }],
    ],
    bad: [
      [
        'karpenter',
        'Unsupported value: "karpenter": supported values: "auto", "nodeclaim", "machine", "none"',
      ],
    ],
  },
  'idle-grace': {
    good: [['90s', {}]],
    bad: [['5', 'Invalid value: "5": must be a Go duration like "5m", "90s" or "1h30m"']],
  },
  service: {
    good: [['false', {}]],
    bad: [['no', 'Unsupported value: "no": supported values: "true", "false"']],
  },
  replan: { good: [['today, please', {}]], bad: [] },
  'bypass-resource-checks': {
    good: [['true', { bypassResourceChecks: true }]],
    bad: [['1', 'Unsupported value: "1": supported values: "true", "false"']],
  },
  'tuning-method': {
    good: [['qlora', { tuning: { method: 'qlora', urls: [] } }]],
    bad: [['QLoRA', 'Unsupported value: "QLoRA": supported values: "lora", "qlora"']],
  },
  'tuning-input-urls': {
    good: [['https://example.com/x', {}]],
    bad: [[' , ', 'Invalid value: ",": must be http or https URLs, separated by white space or commas']],
  },
  'tuning-input-image': {
    good: [['data', {}]],
    bad: [
      [
        'Data:1',
        'Invalid value: "Data:1": must be the reference of an image, like "registry.example/data:1"',
      ],
    ],
  },
  'tuning-output-image': {
    good: [['registry.example:5000/team/tone:1', {}]],
    bad: [
      [
        'tone:1',
        'Invalid value: "tone:1": must be a full reference with registry and tag, like "registry.example/team/tone:1"',
      ],
    ],
  },
  'tuning-output-image-push-secret': {
    good: [['push', {}]],
    bad: [['hf_x', 'Invalid value: must be the name of a Secret, not the token itself']],
  },
}

describe('parseIntent', () => {
  for (const [name, { good, bad }] of Object.entries(ROWS)) {
    for (const [text, want] of good) {
      it(`understands ${name}: ${text}`, () => {
        const { intent, errors } = parse({ preset: 'phi-4', [name]: text })
        assert.deepEqual(errors, [])
        assert.ok(intent !== undefined)
        assert.deepEqual({ ...intent, ...want }, intent)
      })
    }
    for (const [text, message] of bad)
      it(`refuses ${name}: ${text}`, () =>
        assert.deepEqual(messages({ preset: 'phi-4', [name]: text }), [
          `${PATH}[kaito.sh/${name}]: ${message}`,
        ]))
  }

  it('tells every mistake at once, in the order of the documentation', () => {
    const bad = Object.entries(ROWS).flatMap(([name, row]) =>
      row.bad.slice(0, 1).map(([text]) => [name, text] as const),
    )
    const { intent, errors } = parse(Object.fromEntries(bad.toReversed()))
    assert.equal(intent, undefined)
    assert.deepEqual(
      errors.map(({ field }) => field),
      bad.map(([name]) => `${PATH}[kaito.sh/${name}]`),
    )
  })

  it('reads an empty YAML value as an empty text, as the API server does', () => {
    assert.match(messages({ preset: null })[0] ?? '', /kaito\.sh\/preset\]: Invalid value: ""/)
    assert.match(
      messages({ preset: 'phi-4', config: null })[0] ?? '',
      /kaito\.sh\/config\]: Invalid value: ""/,
    )
  })

  for (const value of [true, 5, [], { a: 1 }] as readonly Json[])
    it(`asks for quotes around ${JSON.stringify(value)}`, () =>
      assert.deepEqual(messages({ preset: 'phi-4', service: value }), [
        `${PATH}[kaito.sh/service]: Invalid value: ${JSON.stringify(JSON.stringify(value))}: annotation values are strings: put it in quotes`,
      ]))

  it('keeps what shapes the template as the source of the intent, and nothing else', () => {
    const { intent } = parse({
      preset: ' phi-4 ',
      service: 'false',
      'idle-grace': '1m',
      replan: 'x',
      runtime: 'vllm',
    })
    assert.deepEqual(intent?.source, { preset: 'phi-4', replan: 'x', runtime: 'vllm' })
  })

  it('understands the rest without a preset', () => {
    const { intent, rest } = parse({ container: 'model', 'instance-type': 'a' })
    assert.equal(intent, undefined)
    assert.deepEqual([rest.container, rest.instanceTypes], ['model', ['a']])
  })

  it('does not look for annotations on the prototype', () => {
    const inherited = Object.create({ 'kaito.sh/runtime': 'nonsense' }) as Record<string, Json>
    inherited['kaito.sh/preset'] = 'phi-4'
    assert.deepEqual(parseIntent(inherited, PATH, parseYaml).errors, [])
  })
})

describe('unknownAnnotationWarnings', () => {
  const table: Readonly<Record<string, string | undefined>> = {
    'kaito.sh/prest': 'annotation kaito.sh/prest is unknown and was ignored; did you mean kaito.sh/preset?',
    'kaito.sh/instancetype':
      'annotation kaito.sh/instancetype is unknown and was ignored; did you mean kaito.sh/instance-type?',
    'kaito.sh/Runtime':
      'annotation kaito.sh/Runtime is unknown and was ignored; did you mean kaito.sh/runtime?',
    'kaito.sh/zzzzzzzz': 'annotation kaito.sh/zzzzzzzz is unknown and was ignored',
    'kaito.sh/': 'annotation kaito.sh/ is unknown and was ignored',
    'kaito.sh/constructor': 'annotation kaito.sh/constructor is unknown and was ignored',
    'kaito.sh/a\nb\u2028c\u0007': 'annotation kaito.sh/a?b?c? is unknown and was ignored',
    'kaito.sh.evil/preset': undefined,
    'example.com/preset': undefined,
    'kaito.sh/plan': undefined,
    'kaito.sh/placement': undefined,
  }
  for (const [key, want] of Object.entries(table)) {
    it(`${JSON.stringify(key)}: ${want === undefined ? 'nothing' : 'a warning'}`, () => {
      const [first, ...others] = unknownAnnotationWarnings({ [key]: 'x' })
      assert.deepEqual(others, [])
      assert.equal(first, want)
    })
  }

  it('says nothing of the keys of the registry and of upstream', () => {
    const keys = [...ANNOTATION_NAMES.map(name => PREFIX + name), ...UPSTREAM_KEYS]
    assert.deepEqual(unknownAnnotationWarnings(Object.fromEntries(keys.map(key => [key, '']))), [])
  })
})
