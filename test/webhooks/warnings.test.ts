import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { cleanWarning, WARNING_MAX_CHARACTERS } from '../../webhooks/warnings.ts'

describe('cleanWarning', () => {
  const table: readonly { name: string; given: string; want: string }[] = [
    { name: 'says who speaks', given: 'x is ignored', want: 'kaito.sh: x is ignored' },
    { name: 'but only once', given: 'kaito.sh: x is ignored', want: 'kaito.sh: x is ignored' },
    { name: 'stays on one line', given: 'a\r\nb\tc\u2028d\u0000e', want: 'kaito.sh: a b c d e' },
    { name: 'leaves 120 characters alone', given: 'x'.repeat(110), want: `kaito.sh: ${'x'.repeat(110)}` },
    { name: 'cuts the 121st', given: 'x'.repeat(111), want: `kaito.sh: ${'x'.repeat(109)}…` },
    // The cut would fall between the two halves of 😀.
    {
      name: 'splits no surrogate pair',
      given: `${'x'.repeat(108)}😀😀`,
      want: `kaito.sh: ${'x'.repeat(108)}…`,
    },
  ]
  for (const { name, given, want } of table) test(name, () => assert.equal(cleanWarning(given), want))

  test('is short, on one line and well-formed, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        const warning = cleanWarning(text)
        assert.ok(warning.length <= WARNING_MAX_CHARACTERS)
        assert.ok(warning.isWellFormed())
        assert.doesNotMatch(warning, /[\p{Cc}]/u)
      }),
    )
  })
})
