import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { nearest, nearestFew } from '../../../src/core/api/nearest.ts'

const KEYS = [
  'adapters',
  'config',
  'instance-type',
  'max-model-len',
  'preset',
  'runtime',
  'tuning-method',
  'weights',
]

describe('nearest', () => {
  const table: readonly { readonly given: string; readonly want: string | undefined }[] = [
    { given: 'preset', want: 'preset' },
    { given: 'Preset', want: 'preset' },
    { given: 'presets', want: 'preset' },
    { given: 'presett', want: 'preset' },
    { given: 'rpeset', want: 'preset' },
    { given: 'prset', want: 'preset' },
    { given: 'instancetype', want: 'instance-type' },
    { given: 'instance-typ', want: 'instance-type' },
    { given: 'max-model-length', want: 'max-model-len' },
    { given: 'weigths', want: 'weights' },
    { given: 'tuning', want: 'tuning-method' },
    { given: 'gpu', want: undefined },
    { given: 'x', want: undefined },
    { given: '', want: undefined },
    { given: 'something-else-entirely', want: undefined },
  ]
  for (const { given, want } of table) {
    it(`of "${given}" is ${want ?? 'nothing'}`, () => assert.equal(nearest(given, KEYS), want))
  }

  it('prefers fewer slips, then the order given', () => {
    assert.equal(nearest('abcdef', ['abcdxx', 'abcdex', 'abcdxf']), 'abcdex')
    assert.equal(nearest('abcdef', ['abcdxf', 'abcdex']), 'abcdxf')
  })

  it('counts a swap of neighbours as one slip', () => {
    assert.equal(nearest('abc', ['acb']), 'acb')
    assert.equal(nearest('abc', ['cab']), undefined)
  })

  it('ranks beginnings before slips, the shortest first', () => {
    const names = ['phi-4-mimi', 'phi-4-nano', 'phi-4-mini-flash-reasoning', 'phi-4-mini-instruct']
    assert.deepEqual(nearestFew('phi-4-mini', names, 4), [names[3], names[2], names[0], names[1]])
    assert.deepEqual(nearestFew('phi-4-mini', names, 1), ['phi-4-mini-instruct'])
  })

  const catalogue = [
    'Standard_NC4_A16',
    'Standard_NV24',
    'Standard_NK6',
    'Standard_NC6s_v3',
    'Standard_NC24ads_A100_v4',
    'Standard_NC48ads_A100_v4',
    'Standard_NC40ads_H100_v5',
    'g6.12xlarge',
    'phi-4-mini-instruct',
    'llama-3.1-8b-instruct',
    'qwen3.5-9b',
    'qwen2.5-coder-7b-instruct',
  ]
  const shortened: readonly { readonly given: string; readonly want: string | undefined }[] = [
    { given: 'Standard_NC24', want: 'Standard_NC24ads_A100_v4' },
    { given: 'Standard_NC6', want: 'Standard_NC6s_v3' },
    { given: 'Standard_NC24_A100', want: 'Standard_NC24ads_A100_v4' },
    { given: 'standard-nc48-v4', want: 'Standard_NC48ads_A100_v4' },
    { given: 'NC24ads_A100_v4', want: 'Standard_NC24ads_A100_v4' },
    { given: 'h100', want: 'Standard_NC40ads_H100_v5' },
    { given: 'g6.12', want: 'g6.12xlarge' },
    { given: 'phi4-mini', want: 'phi-4-mini-instruct' },
    { given: 'llama3', want: 'llama-3.1-8b-instruct' },
    { given: 'qwen2.5-7b', want: 'qwen2.5-coder-7b-instruct' },
    { given: 'Standard_A100_NC24', want: undefined },
  ]
  for (const { given, want } of shortened)
    it(`takes "${given}" for ${want ?? 'none of them'}`, () => assert.equal(nearest(given, catalogue), want))

  it('does not compare a text of any length', () => {
    const long = 'p'.repeat(1_000_000)
    assert.equal(nearest(long, [long]), undefined)
  })

  it('finds a word with one letter changed, whatever the word', () => {
    const word = fc.stringMatching(/^[a-z0-9-]{4,30}$/)
    fc.assert(
      fc.property(word, fc.nat(), (text, seed) => {
        const position = seed % text.length
        const changed = `${text.slice(0, position)}!${text.slice(position + 1)}`
        assert.equal(nearest(changed, [text]), text)
      }),
    )
  })

  it('never throws and answers with a candidate', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (text, candidates) => {
        const found = nearest(text, candidates)
        assert.ok(found === undefined || candidates.includes(found))
      }),
    )
  })
})
