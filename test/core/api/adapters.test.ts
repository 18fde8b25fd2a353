// kaito.sh/adapters: every mistake by its place, nothing secret repeated, never an exception. What is understood:
// test/core/intent/intent.test.ts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseYaml } from '../../../src/cli/parse-yaml.ts'
import { parseAdapters } from '../../../src/core/api/adapters.ts'
import type { Json } from '../../../src/core/api/json.ts'

function mistakes(value: Json): readonly string[] {
  const parsed = parseAdapters(JSON.stringify(value), parseYaml)
  if (!('mistakes' in parsed)) return [JSON.stringify(parsed)]
  return parsed.mistakes.map(
    ({ at, type, value: text }) => `${at} ${type}${text === undefined ? '' : ` ${text}`}`,
  )
}

const TONE = { name: 'tone', image: 'tone:1' }

describe('mistakes in adapters', () => {
  const table: Readonly<Record<string, readonly [value: Json, want: readonly string[]]>> = {
    'no name, no image': [[{}], ['[0].name Required', '[0].image Required']],
    'empty ones': [[{ name: '', image: null }], ['[0].name Required', '[0].image Required']],
    'no object': [['tone'], ['[0] Invalid tone']],
    'a name that is no label': [[{ ...TONE, name: 'a.b' }], ['[0].name Invalid a.b']],
    'a number as a name': [[{ ...TONE, name: 1 }], ['[0].name Invalid 1']],
    'the same name twice': [
      [TONE, TONE, TONE],
      ['[1].name Duplicate tone', '[2].name Duplicate tone'],
    ],
    'an image that is none': [[{ ...TONE, image: 'To ne' }], ['[0].image Invalid To ne']],
    'a strength out of range': [[{ ...TONE, strength: 1.5 }], ['[0].strength Invalid 1.5']],
    'a strength that is no number': [[{ ...TONE, strength: 'strong' }], ['[0].strength Invalid strong']],
    'a negative strength': [[{ ...TONE, strength: '-0.1' }], ['[0].strength Invalid -0.1']],
    'secrets that are no list': [[{ ...TONE, imagePullSecrets: 'hub' }], ['[0].imagePullSecrets Invalid']],
    'a token for a secret': [
      [{ ...TONE, imagePullSecrets: ['ok', 'hf_AbC', { name: 'x', y: 1 }, 5] }],
      [
        '[0].imagePullSecrets[1] Invalid',
        '[0].imagePullSecrets[2] Invalid',
        '[0].imagePullSecrets[3] Invalid',
      ],
    ],
    'a member of upstream’s': [
      [{ source: { name: 'a', image: 'b' } }],
      ['[0] Invalid source', '[0].name Required', '[0].image Required'],
    ],
    'eleven of them': [Array.from({ length: 11 }, (_, i) => ({ name: `a${i}`, image: 'a' })), [' TooLong']],
  }
  for (const [name, [value, want]] of Object.entries(table))
    it(name, () => assert.deepEqual(mistakes(value), want))

  for (const strength of [0, 1, 0.5, '0', '1', '1.0', '.5', '0.125'] as readonly Json[])
    it(`takes the strength ${JSON.stringify(strength)}`, () => {
      const parsed = parseAdapters(JSON.stringify([{ ...TONE, strength }]), parseYaml)
      assert.ok('value' in parsed)
      assert.equal(parsed.value[0]?.strength, typeof strength === 'number' ? `${strength}` : strength)
    })

  it('takes ten, with the longest names', () => {
    const ten = Array.from({ length: 10 }, (_, i) => ({ name: `${'a'.repeat(62)}${i}`, image: 'a' }))
    assert.ok('value' in parseAdapters(JSON.stringify(ten), parseYaml))
  })

  it('refuses a text that is too long before it is parsed', () => {
    const parsed = parseAdapters(`[${' '.repeat(20_000)}]`, parseYaml)
    assert.ok('expected' in parsed && /at most 16384 characters/.test(parsed.expected))
  })

  it('never throws, whatever the text', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string({
        unit: fc.constantFrom('- ', 'a', ': ', '&a ', '*a', '\n', '{', ']', '"', '!!js', '<<', '---'),
      }),
    )
    fc.assert(fc.property(texts, text => void parseAdapters(text, parseYaml)))
  })
})
