// References of images: what is one, how often it is pulled, and what is left of it for tools that want less.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isImageReference, pullPolicyOf, withoutNeedlessTag } from '../../../src/core/api/image.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('isImageReference', () => {
  const good = [
    'tone',
    'tone:1',
    'team/tone',
    'registry.example/tone:1.2-rc_3',
    'registry.example:5000/a/b__c/d.e-f--g:V1',
    'LOCALHOST:5000/x',
    `tone@${DIGEST}`,
    `registry.example/tone:1@${DIGEST}`,
  ]
  for (const text of good) it(`takes ${text}`, () => assert.equal(isImageReference(text), true))

  const bad = [
    '',
    ' tone',
    'tone:',
    'tone:1:2',
    'Tone',
    'team/Tone',
    'tone@sha256:0',
    'https://registry.example/tone',
    'registry.example/',
    '--help',
    '-tone',
    'a/../b',
    '$(reboot)',
    'tone;x',
    'tone\n',
    'a'.repeat(600),
  ]
  for (const text of bad)
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(isImageReference(text), false))

  it('answers for any text, and takes nothing that a shell or an option parser reads otherwise', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', '.', '-', '/', ':', '@') })),
        text => {
          if (isImageReference(text)) assert.match(text, /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/)
        },
      ),
    )
  })
})

describe('pullPolicyOf', () => {
  const table: Readonly<Record<string, string>> = {
    tone: 'Always',
    'tone:latest': 'Always',
    'registry.example:5000/tone': 'Always',
    'tone:1': 'IfNotPresent',
    [`tone@${DIGEST}`]: 'IfNotPresent',
    [`tone:latest@${DIGEST}`]: 'IfNotPresent',
  }
  for (const [reference, want] of Object.entries(table))
    it(`${reference}: ${want}`, () => assert.equal(pullPolicyOf(reference), want))
})

describe('withoutNeedlessTag', () => {
  const table: Readonly<Record<string, string>> = {
    'r.example:5000/tone:1': 'r.example:5000/tone:1',
    [`r.example:5000/tone@${DIGEST}`]: `r.example:5000/tone@${DIGEST}`,
    [`r.example:5000/tone:1@${DIGEST}`]: `r.example:5000/tone@${DIGEST}`,
  }
  for (const [reference, want] of Object.entries(table))
    it(reference, () => assert.equal(withoutNeedlessTag(reference), want))
})
