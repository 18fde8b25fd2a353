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

  it('ranks what is shortened behind two slips and before three, the shortest first', () => {
    const names = ['phi-4-mini-instruct', 'phi-4-mini-flash-reasoning', 'phi-4-mimi', 'phi-4-nano']
    assert.deepEqual(nearestFew('phi-4-mini', names, 4), ['phi-4-mimi', names[0], names[1], 'phi-4-nano'])
    assert.deepEqual(nearestFew('phi-4-mini', names, 1), ['phi-4-mimi'])
  })

  const types = ['Standard_NC4_A16', 'Standard_NC24ads_A100_v4', 'Standard_NC48ads_A100_v4', 'g6.12xlarge']
  const shortened: readonly { readonly given: string; readonly want: string | undefined }[] = [
    { given: 'Standard_NC24_A100', want: 'Standard_NC24ads_A100_v4' },
    { given: 'standard-nc48-v4', want: 'Standard_NC48ads_A100_v4' },
    { given: 'g6.12', want: 'g6.12xlarge' },
    { given: 'Standard_A100_NC24', want: undefined },
    { given: 'A100', want: undefined },
  ]
  for (const { given, want } of shortened)
    it(`takes "${given}" for ${want ?? 'none of them'}`, () => assert.equal(nearest(given, types), want))

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
