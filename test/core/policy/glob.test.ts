// Globs: the whole text, any case, linear time.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { globRefusal, matchesGlob } from '../../../src/core/policy/glob.ts'

describe('globs', () => {
  const table: readonly (readonly [pattern: string, text: string, want: boolean])[] = [
    ['phi-4', 'phi-4', true],
    ['phi-4', 'phi-4-mini', false],
    ['PHI-*', 'phi-4', true],
    ['microsoft/*', 'Microsoft/Phi-4-mini-instruct', true],
    ['*-70b-*', 'llama-3.1-70b-instruct', true],
    ['*-70b-*', 'llama-70b', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['ab*bc', 'abc', false],
    ['registry.local/*', 'registry.local.evil.example/x', false],
    ['mcr.microsoft.com/aks/kaito/*', 'mcr.microsoft.com/aks/kaito/a/b:1', true],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
  ]
  for (const [pattern, text, want] of table)
    it(`${JSON.stringify(pattern)} ${want ? 'describes' : 'does not describe'} ${JSON.stringify(text)}`, () => {
      assert.equal(matchesGlob(pattern, text), want)
    })

  it('agree with a regular expression on any pattern and text', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', 'B'), maxLength: 8 })
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'A'), maxLength: 10 })
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const oracle = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'is')
        assert.equal(matchesGlob(pattern, text), oracle.test(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('answer the pattern that ruins regular expressions', () => {
    assert.equal(matchesGlob('*a'.repeat(120) + '*b', 'a'.repeat(4000)), false)
  })

  it('deny wins, an absent allow allows all, an empty one nothing', () => {
    assert.equal(globRefusal({ deny: [] }, ['x']), undefined)
    assert.equal(globRefusal({ allow: [], deny: [] }, ['x']), 'allows none')
    assert.equal(globRefusal({ allow: ['x'], deny: ['*'] }, ['x']), 'denies *')
    assert.equal(globRefusal({ allow: ['y', 'z*'], deny: [] }, ['x']), 'allows only y, z*')
    assert.equal(globRefusal({ allow: ['org/*'], deny: [] }, ['x', 'Org/X']), undefined)
    assert.equal(globRefusal({ allow: ['*'], deny: ['org/*'] }, ['x', 'Org/X']), 'denies org/*')
  })
})
