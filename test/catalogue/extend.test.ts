// What a source may say, and what is said about its mistakes.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatCatalogueError } from '../../src/catalogue/catalogue-error.ts'
import { extendCatalogue } from '../../src/catalogue/extend.ts'
import type { Catalogue } from '../../src/core/preset/catalogue.ts'
import { resolvePreset } from '../../src/core/preset/resolve.ts'
import { packaged } from '../core/preset/packaged.ts'

const PRESET = {
  id: 'acme/Rocket-8B',
  size: '14.96Gi',
  architectures: ['LlamaForCausalLM'],
  config: { maxModelLen: 131072, layers: 32, heads: 32, kvHeads: 8, headDim: 128 },
}
const TYPE = { name: 'x1', gpu: 'NVIDIA L4', gpuCount: 1, gpuMemoryGiB: 24, computeCapability: 8.9 }

/** JSON is YAML: documents that need no place of their own are written by the machine. */
function presets(...changes: readonly object[]): string {
  return JSON.stringify({ presets: changes.map(change => Object.assign({}, PRESET, change)) })
}

function types(...changes: readonly object[]): string {
  return JSON.stringify({
    cloud: 'gcp',
    instanceTypes: changes.map(change => Object.assign({}, TYPE, change)),
  })
}

function extend(...texts: readonly string[]): Catalogue {
  const extended = extendCatalogue(
    packaged,
    texts.map((text, index) => ({ file: `${index}.yaml`, text })),
  )
  assert.ok(extended.ok, JSON.stringify(extended))
  return extended.value
}

function mistakes(...texts: readonly string[]): readonly string[] {
  const extended = extendCatalogue(
    packaged,
    texts.map((text, index) => ({ file: `${index}.yaml`, text })),
  )
  return extended.ok ? [] : extended.errors.map(formatCatalogueError)
}

function nameOf(catalogue: Catalogue, text: string): string | undefined {
  const resolved = resolvePreset(catalogue, text)
  return resolved.ok ? resolved.value.preset.name : undefined
}

describe('extendCatalogue', () => {
  it('reports every mistake of every file at once, each with its place', () => {
    const first = [
      '# a comment',
      'presets:',
      '  - id: acme/Rocket-8B',
      '    sise: 14.96Gi',
      '    architectures: []',
      '    config:',
      '      maxModelLen: long',
      '      layers: 0',
      '    kaito-0.4:',
      '      totalGpuMemoryGiB: 8',
      '      vllm:',
      '        - dtype=float16',
      '        - "chat-template=$(id)"',
    ]
    const second = [
      'cloud: moon',
      'instanceTypes:',
      '  - {name: x1, gpu: NVIDIA L4, gpuCount: 1.5, gpuMemoryGiB: 24}',
    ]
    const found = mistakes(first.join('\n'), second.join('\n'))
    const want = [
      /^0\.yaml:3:5: presets\[0\]: required field "size" is missing$/,
      /^0\.yaml:4:5: presets\[0\]\.sise: unknown field; did you mean "size"\?$/,
      /^0\.yaml:5:5: presets\[0\]\.architectures: \[\] is not accepted/,
      /^0\.yaml:6:5: presets\[0\]\.config: give bytesPerToken, or layers \+ kvLoraRank \+ qkRopeHeadDim, or /,
      /^0\.yaml:7:7: presets\[0\]\.config\.maxModelLen: "long" is not accepted; expected: a positive whole number$/,
      /^0\.yaml:8:7: presets\[0\]\.config\.layers: 0 is not accepted; expected: a positive whole number$/,
      /^0\.yaml:13:11: presets\[0\]\.kaito-0\.4\.vllm\[1\]: "chat-template=\$\(id\)" is not accepted; expected: flag=value/,
      /^1\.yaml:1:1: cloud: "moon" is not one of azure, aws, gcp, arc$/,
      /^1\.yaml:3:5: instanceTypes\[0\]: give computeCapability, or vendor \(amd, aws-neuron\)$/,
      /^1\.yaml:3:32: instanceTypes\[0\]\.gpuCount: 1\.5 is not accepted; expected: GPUs of one machine, 1 to 1024$/,
    ]
    for (const pattern of want)
      assert.ok(
        found.some(line => pattern.test(line)),
        `${pattern}\n${found.join('\n')}`,
      )
    assert.equal(found.length, want.length, found.join('\n'))
  })

  describe('says what is wrong with', () => {
    const table: readonly { readonly what: string; readonly text: string; readonly want: RegExp }[] = [
      { what: 'nothing', text: '', want: /^0\.yaml:1:1: a catalogue file is a mapping/ },
      { what: 'a list', text: '- a\n', want: /a catalogue file is a mapping/ },
      {
        what: 'another mapping',
        text: 'kind: ConfigMap\n',
        want: /^0\.yaml:1:1: (kind: unknown field|the file: required)/,
      },
      { what: 'broken YAML', text: 'presets:\n  - id: a/b\n   size: 1Gi\n', want: /^0\.yaml:3:/ },
      {
        what: 'a key twice',
        text: 'presets: []\npresets: []\n',
        want: /^0\.yaml:2:1: Map keys must be unique/,
      },
      { what: 'two documents', text: 'presets: []\n---\npresets: []\n', want: /^0\.yaml:2:1: .*documents/ },
      { what: 'an unknown alias', text: 'presets: *x\n', want: /^0\.yaml:1:.*Unresolved alias/ },
      { what: 'an unknown tag', text: 'presets: !!js/function x\n', want: /^0\.yaml:1:10: Unresolved tag/ },
      { what: 'no entries', text: 'presets: []\n', want: /presets: \[\] is not accepted/ },
      {
        what: 'an id without a slash',
        text: presets({ id: 'rocket' }),
        want: /"rocket" is not accepted; expected: Hugging Face id/,
      },
      {
        what: 'a size without a unit',
        text: presets({ size: 14.96 }),
        want: /14\.96 is not accepted; expected: size of all weight files/,
      },
      { what: 'no size', text: presets({ size: '0.00Gi' }), want: /"0\.00Gi" is not accepted/ },
      {
        what: 'true for a generation',
        text: presets({ 'kaito-0.12': true }),
        want: /kaito-0\.12: true is not false/,
      },
      { what: 'no generation', text: presets({ 'kaito-0.12': false }), want: /no revision is left/ },
      {
        what: 'a model class that is not served',
        text: presets({ architectures: ['Qwen3ForCausaLM'] }),
        want: /serves no Qwen3ForCausaLM; did you mean "Qwen3ForCausalLM"/,
      },
      {
        what: 'a served name that is no label',
        text: presets({ id: 'acme/Rocket-', name: 'rocket' }),
        want: /\.id: "rocket-" cannot be the value of a Kubernetes label/,
      },
      {
        what: 'a name with capitals',
        text: presets({ name: 'Rocket' }),
        want: /"Rocket" is not accepted; expected: 1 to 63 lower-case/,
      },
      {
        what: 'a price without a source',
        text: types({ price: { perHour: 1, currency: 'USD', date: '2026-01-01' } }),
        want: /price: required field "source" is missing/,
      },
      {
        what: 'another currency',
        text: types({ price: { perHour: 1, currency: 'EUR', date: '2026-01-01', source: 'https://a' } }),
        want: /"EUR" is not one of USD/,
      },
    ]
    for (const { what, text, want } of table) {
      it(what, () => {
        const found = mistakes(text)
        assert.ok(
          found.some(line => want.test(line)),
          found.join('\n') || 'no mistake at all',
        )
      })
    }
  })

  describe('refuses what a shell would read, in', () => {
    const attacks = [
      '$(id)',
      '`id`',
      'a;id',
      'a|id',
      'a&id',
      'a>b',
      'a b',
      'a\nb',
      "a'b",
      'a"b',
      'a\\b',
      'a*',
      '~',
      '${x}',
      'a#b',
      'a\u0000b',
    ]
    const fields: Readonly<Record<string, (text: string) => object>> = {
      id: text => ({ id: `acme/${text}` }),
      name: text => ({ name: text }),
      aliases: text => ({ aliases: [text] }),
      quantisation: text => ({ quantisation: text }),
      architectures: text => ({ architectures: [text] }),
      "a flag's name": text => ({ 'kaito-0.12': { vllm: [text] } }),
      "a flag's value": text => ({ 'kaito-0.12': { vllm: [`seed=${text}`] } }),
      'a flag of transformers': text => ({ 'kaito-0.12': { transformers: [`seed=${text}`] } }),
      'a flag of kaito-0.4': text => ({ 'kaito-0.4': { totalGpuMemoryGiB: 1, vllm: [`seed=${text}`] } }),
      'a parser': text => ({ 'kaito-0.12': { toolCallParser: text } }),
      'a chat template': text => ({ 'kaito-0.12': { chatTemplate: `${text}.jinja` } }),
      'an image': text => ({ 'kaito-0.12': { image: `registry.local/${text}` } }),
      'the name of an image': text => ({ 'kaito-0.4': { totalGpuMemoryGiB: 1, name: text } }),
    }
    for (const [field, change] of Object.entries(fields)) {
      it(field, () => {
        for (const attack of attacks) assert.notEqual(mistakes(presets(change(attack))).length, 0, attack)
      })
    }

    it('any flag at all', () => {
      const safe = /^[A-Za-z0-9_.,:/@%+=-]+$/
      fc.assert(
        fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), text => {
          const accepted = mistakes(presets({ 'kaito-0.12': { vllm: [`seed=${text}`] } })).length === 0
          assert.ok(!accepted || safe.test(text), text)
        }),
      )
    })
  })

  it('does not follow a template out of its directory, nor an id out of its organisation', () => {
    for (const change of [
      { 'kaito-0.12': { chatTemplate: '../../x.jinja' } },
      { id: '../x' },
      { id: 'a/../b' },
    ]) {
      assert.notEqual(mistakes(presets(change)).length, 0)
    }
  })

  it('does not fall for an alias bomb', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 8; level++) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`)
    }
    assert.match(mistakes([...lines, 'presets: *a7'].join('\n')).join('\n'), /Excessive alias count/)
  })

  it('knows a `__proto__` for an unknown field', () => {
    assert.match(mistakes('presets:\n  - __proto__: {id: a/b}\n').join('\n'), /unknown field/)
  })

  describe('names', () => {
    it('may be given once in a source, in whatever file', () => {
      const found = mistakes(presets({}), presets({ id: 'other/Rocket-8B' }))
      assert.deepEqual(found, ['1.yaml:1:14: presets[0].id: "rocket-8b" is also at 0.yaml:1'])
      assert.match(
        mistakes(presets({ aliases: ['r'] }, { name: 'r' })).join('\n'),
        /presets\[1\]\.name: "r" is also at/,
      )
      assert.match(
        mistakes(presets({ aliases: ['r'] }, { name: 'x', aliases: ['r'] })).join('\n'),
        /aliases\[0\]: "r" is also/,
      )
      assert.match(
        mistakes(types({}, { name: 'X1' })).join('\n'),
        /instanceTypes\[1\]\.name: "x1" is also at/,
      )
    })

    it('of an entry may be reused by a later source, which replaces it', () => {
      const catalogue = extend(presets({ id: 'acme/Phi-4' }))
      assert.equal(catalogue.presets.length, packaged.presets.length)
      const resolved = resolvePreset(catalogue, 'phi-4')
      assert.ok(resolved.ok && resolved.value.preset.huggingFaceId === 'acme/Phi-4')
      assert.equal(nameOf(catalogue, 'microsoft/phi-4'), undefined)
    })

    it('of an entry are never hidden by an alias', () => {
      assert.deepEqual(mistakes(presets({ aliases: ['phi-4'] })), [
        `0.yaml:1:${presets({ aliases: ['phi-4'] }).indexOf('"phi-4"') + 1}: presets[0].aliases[0]: "phi-4" is the name of an entry of the catalogue`,
      ])
    })

    it('that were an alias belong to the later source', () => {
      const asName = extend(presets({ name: 'mistral-7b' }))
      assert.equal(nameOf(asName, 'mistral-7b'), 'mistral-7b')
      const asAlias = extend(presets({ aliases: ['mistral-7b'] }))
      assert.equal(nameOf(asAlias, 'mistral-7b'), 'rocket-8b')
      assert.equal(nameOf(asAlias, 'mistral-7b-v0.3'), 'mistral-7b-v0.3')
    })

    it('of instance types replace whatever their case', () => {
      const catalogue = extend(types({ name: 'standard_nc24ads_a100_v4' }))
      assert.equal(catalogue.instanceTypes.length, packaged.instanceTypes.length)
    })
  })

  it("leaves an unknown model class to an image of one's own", () => {
    const change = { architectures: ['RocketForCausalLM'], 'kaito-0.12': { image: 'registry.local/vllm:1' } }
    assert.equal(nameOf(extend(presets(change)), 'rocket-8b'), 'rocket-8b')
  })

  it('takes a price with its source', () => {
    const price = { perHour: 3.67, currency: 'USD', date: '2026-01-31', source: 'https://example.com/prices' }
    const type = extend(types({ price })).instanceTypes.find(one => one.name === 'x1')
    assert.equal(type?.pricePerHour, 3.67)
  })

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        extendCatalogue(packaged, [{ file: 'x', text }])
      }),
    )
  })

  it('leaves the catalogue that it extends alone', () => {
    const before = JSON.stringify(packaged)
    extend(presets({ id: 'acme/Phi-4', aliases: ['mistral-7b'] }))
    assert.equal(JSON.stringify(packaged), before)
  })
})
