import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatFieldError } from '../../../src/core/api/field-error.ts'
import type { Catalogue } from '../../../src/core/preset/catalogue.ts'
import { generatePreset } from '../../../src/core/preset/generate.ts'
import { presetFieldError } from '../../../src/core/preset/preset-field-error.ts'
import { resolvePreset } from '../../../src/core/preset/resolve.ts'
import type { PresetProblem } from '../../../src/core/preset/resolve.ts'
import { packaged } from './packaged.ts'

function nameOf(text: string, catalogue: Catalogue = packaged): string | undefined {
  const resolved = resolvePreset(catalogue, text)
  if (!resolved.ok) return undefined
  const { preset, revision } = resolved.value
  return revision === undefined ? preset.name : `${preset.name}@${revision.name}`
}

function problemOf(text: string): PresetProblem {
  const resolved = resolvePreset(packaged, text)
  assert.ok(!resolved.ok, text)
  return resolved.problem
}

function sentence(text: string): string {
  return formatFieldError(presetFieldError(problemOf(text), 'metadata.annotations[kaito.sh/preset]'))
}

describe('resolvePreset', () => {
  const table = [
    ['phi-4-mini-instruct', 'phi-4-mini-instruct'],
    ['PHI-4-MINI-INSTRUCT', 'phi-4-mini-instruct'],
    ['microsoft/Phi-4-mini-instruct', 'phi-4-mini-instruct'],
    ['MICROSOFT/phi-4-MINI-instruct', 'phi-4-mini-instruct'],
    ['mistral-7b', 'mistral-7b-v0.3'],
    ['Mistral-7B-Instruct', 'mistral-7b-instruct-v0.3'],
    ['gemma-3-4b-instruct', 'gemma-3-4b-it'],
    ['phi-3-mini-4k-instruct@kaito-0.4', 'phi-3-mini-4k-instruct@kaito-0.4'],
    ['microsoft/Phi-3-mini-4k-instruct@KAITO-0.12', 'phi-3-mini-4k-instruct@kaito-0.12'],
    ['mistral-7b@kaito-0.4', 'mistral-7b-v0.3@kaito-0.4'],
    ['falcon-7b@kaito-0.4', 'falcon-7b@kaito-0.4'],
  ] as const
  for (const [given, want] of table) {
    it(`${given} is ${want}`, () => assert.equal(nameOf(given), want))
  }

  it('an unknown name brings the nearest names', () => {
    const problem = problemOf('phi-4-mini-instuct')
    assert.ok(problem.code === 'UnknownPreset')
    assert.equal(problem.nearest[0], 'phi-4-mini-instruct')
    assert.equal(problem.entry, undefined)
    assert.match(sentence('phi-4-mini'), /did you mean "phi-4-mini-instruct"\?/)
    assert.match(sentence('something-else'), /`kaito-native presets` lists what there is/)
  })

  it('an unknown id brings the nearest ids as upstream writes them, and the entry to add', () => {
    const near = problemOf('microsoft/phi-4-mini-instuct')
    assert.ok(near.code === 'UnknownPreset')
    assert.equal(near.nearest[0], 'microsoft/Phi-4-mini-instruct')
    const far = problemOf('acme/Rocket-8B')
    assert.ok(far.code === 'UnknownPreset')
    assert.deepEqual(far.nearest, [])
    assert.equal(far.entry?.split('\n').length, 5)
    assert.match(far.entry ?? '', /^presets:\n {2}- id: acme\/Rocket-8B\n/)
    assert.match(sentence('acme/Rocket-8B'), /Not found: "acme\/Rocket-8B": .*presets\/README\.md/)
  })

  it('text that is no id never comes back in an entry', () => {
    for (const text of ['a/b/c', 'a/$(id)', 'a/b\n- id: c/d', '../b', 'a/', `a/${'b'.repeat(200)}`]) {
      const problem = problemOf(text)
      assert.ok(problem.code === 'UnknownPreset' && problem.entry === undefined, text)
    }
  })

  it('an unknown revision brings those that there are', () => {
    assert.equal(problemOf('phi-4@kaito-0.5').code, 'UnknownRevision')
    assert.match(
      sentence('phi-4@'),
      /Unsupported value: "phi-4@": supported values: "phi-4@kaito-0.12", "phi-4@kaito-0.4"/,
    )
    assert.match(sentence('falcon-7b@kaito-0.12'), /supported values: "falcon-7b@kaito-0.4"$/)
    assert.equal(problemOf('nothing@kaito-0.12').code, 'UnknownPreset')
    assert.equal(problemOf('@kaito-0.12').code, 'UnknownPreset')
  })

  it('every name, alias and id leads to its entry', () => {
    for (const preset of packaged.presets) {
      for (const text of [preset.name, ...preset.aliases, preset.huggingFaceId])
        assert.equal(nameOf(text), preset.name)
    }
  })

  it('an id that several entries share means the one named after it', () => {
    const entry = {
      id: 'acme/Rocket-8B',
      size: '1Gi',
      architectures: ['LlamaForCausalLM'],
      config: { maxModelLen: 1, bytesPerToken: 1 },
    }
    const variants = ['a-variant', undefined, 'z-variant'].map(name =>
      generatePreset(name === undefined ? entry : { ...entry, name }),
    )
    for (const presets of [variants, variants.toReversed()]) {
      const catalogue = { revision: '', presets, instanceTypes: [] }
      assert.equal(nameOf('acme/rocket-8b', catalogue), 'rocket-8b')
      assert.equal(nameOf('z-variant', catalogue), 'z-variant')
    }
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), text => {
        const resolved = resolvePreset(packaged, text)
        if (!resolved.ok) presetFieldError(resolved.problem, 'x')
      }),
    )
  })
})
