import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  isContainerName,
  parseBoolean,
  parseContainerName,
  parseDuration,
  parseInstanceTypes,
  parseObjectName,
  parseOneOf,
  parsePositiveInteger,
  parsePresetReference,
  parseSecretName,
  parseText,
  parseWeights,
  type Parsed,
} from '../../../src/core/api/annotation-values.ts'

const DIGEST = '0'.repeat(64)
const LABEL_63 = `a${'b'.repeat(61)}c`

interface Grammar {
  readonly parse: (text: string) => Parsed<unknown>
  readonly good: readonly (readonly [text: string, value: unknown])[]
  readonly bad: readonly string[]
}

const GRAMMARS: Readonly<Record<string, Grammar>> = {
  parsePresetReference: {
    parse: parsePresetReference,
    good: [
      ['phi-4', { name: 'phi-4' }],
      ['microsoft/Phi-4-mini-instruct', { name: 'microsoft/Phi-4-mini-instruct' }],
      ['PHI-3@kaito-0.4', { name: 'PHI-3', revision: 'kaito-0.4' }],
      ['x', { name: 'x' }],
    ],
    bad: [
      '',
      '@kaito-0.4',
      'phi@',
      'a/b/c',
      '/b',
      'a/',
      '-phi',
      'phi 4',
      'phi@a@b',
      'a'.repeat(201),
      'phi\n',
    ],
  },
  parseInstanceTypes: {
    parse: parseInstanceTypes,
    good: [
      ['auto', []],
      ['Standard_NC24ads_A100_v4', ['Standard_NC24ads_A100_v4']],
      ['p5.48xlarge, g6.xlarge,p5.48xlarge', ['p5.48xlarge', 'g6.xlarge']],
    ],
    bad: ['', ',', 'a,', 'a,,b', 'auto,a', '-a', 'a b', `${LABEL_63}d`],
  },
  parseOneOf: {
    parse: parseOneOf(['vllm', 'transformers']),
    good: [['vllm', 'vllm']],
    bad: ['', 'VLLM', 'vllm ', 'constructor'],
  },
  parseBoolean: {
    parse: parseBoolean,
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: ['', 'True', 'yes', '1'],
  },
  parsePositiveInteger: {
    parse: parsePositiveInteger,
    good: [
      ['1', 1],
      ['131072', 131_072],
      ['999999999', 999_999_999],
    ],
    bad: ['', '0', '-1', '01', '1.0', '1e3', '0x10', '9999999999', '٣', ' 1'],
  },
  parseObjectName: {
    parse: parseObjectName,
    good: [
      ['a', 'a'],
      ['my-config.v2', 'my-config.v2'],
      ['a'.repeat(253), 'a'.repeat(253)],
    ],
    bad: ['', 'A', 'a_b', '-a', 'a-', 'a..b', '.a', 'a'.repeat(254), 'hf_abc', 'sk-abc', 'a/b'],
  },
  parseSecretName: { parse: parseSecretName, good: [['hf-token', 'hf-token']], bad: ['hf_x', 'XyZ', ''] },
  parseContainerName: {
    parse: parseContainerName,
    good: [
      ['model', 'model'],
      [LABEL_63, LABEL_63],
    ],
    bad: ['', 'a.b', 'A', `${LABEL_63}d`, '-a'],
  },
  parseDuration: {
    parse: parseDuration,
    good: [
      ['5m', 300_000],
      ['1h30m', 5_400_000],
      ['1.5s', 1500],
      ['100ms', 100],
      ['2us', 0.002],
      ['0', 0],
      ['0s', 0],
    ],
    bad: ['', '5', '-5m', '5 m', '5d', 'm', '1h-1m', '00', `${'9'.repeat(30)}h`, '.5h'],
  },
  parseWeights: {
    parse: parseWeights,
    good: [
      ['pvc:cache', { kind: 'claim', claim: 'cache' }],
      ['pvc:cache/phi-4/v1', { kind: 'claim', claim: 'cache', path: 'phi-4/v1' }],
      ['pvc:cache/..a', { kind: 'claim', claim: 'cache', path: '..a' }],
      [
        `image:registry.example:5000/w@sha256:${DIGEST}`,
        { kind: 'image', reference: `registry.example:5000/w@sha256:${DIGEST}` },
      ],
    ],
    bad: [
      '',
      'cache',
      'pvc:',
      'pvc:A',
      'pvc:c/',
      'pvc:c//a',
      'pvc:c/../a',
      'pvc:c/.',
      'pvc:c/a b',
      'image:',
      'image:a b',
      'hf:x',
      'pvc:c/$(id)',
    ],
  },
}

describe('annotation grammars', () => {
  for (const [name, { parse, good, bad }] of Object.entries(GRAMMARS)) {
    for (const [text, value] of good)
      it(`${name} accepts ${shown(text)}`, () => assert.deepEqual(parse(text), { value }))
    for (const text of bad) {
      it(`${name} refuses ${shown(text)} and says what it wants`, () => {
        const parsed = parse(text)
        assert.ok('expected' in parsed)
        assert.match(parsed.expected, /^(must be|supported values: ")/)
      })
    }

    it(`${name} never throws, and no control character gets through it`, () => {
      fc.assert(
        fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), text => {
          const parsed = parse(text)
          assert.ok('value' in parsed !== 'expected' in parsed)
          if ('value' in parsed) assert.doesNotMatch(JSON.stringify(parsed.value), /\\u|\\[bfnrt]/)
        }),
        { numRuns: 300 },
      )
    })
  }

  it('take long texts in linear time', () => {
    const started = performance.now()
    for (const text of [
      'a'.repeat(200_000),
      'a.'.repeat(100_000),
      '1'.repeat(200_000),
      `pvc:c/${'a/'.repeat(100_000)}`,
      '1m'.repeat(100_000),
      ','.repeat(200_000),
    ])
      for (const { parse } of Object.values(GRAMMARS)) parse(text)
    assert.ok(performance.now() - started < 1000)
  })
})

describe('parseText', () => {
  it('takes any text as it is', () => assert.deepEqual(parseText(' \n'), { value: ' \n' }))
})

describe('a secret that was pasted', () => {
  for (const text of ['hf_secret', 'sk-secret', 'UpperCaseToken', 'x'.repeat(300)])
    it(`is kept out of messages by parseSecretName: ${shown(text)}`, () => {
      const parsed = parseSecretName(text)
      assert.ok('secret' in parsed && parsed.secret)
      assert.ok(!JSON.stringify(parsed).includes(text))
    })

  it('is recognised by its beginning where a ConfigMap is named', () => {
    assert.deepEqual(parseObjectName('hf_x'), {
      expected: 'must be the name of a Secret, not the token itself',
      secret: true,
    })
    assert.ok(!('secret' in parseObjectName('UPPER')))
  })
})

describe('isContainerName', () => {
  it('follows RFC 1123', () => {
    assert.ok(isContainerName(LABEL_63))
    assert.ok(!isContainerName(`${LABEL_63}d`))
    assert.ok(!isContainerName('__proto__'))
  })
})

function shown(text: string): string {
  return text.length > 40 ? `${JSON.stringify(text.slice(0, 8))}… (${text.length})` : JSON.stringify(text)
}
