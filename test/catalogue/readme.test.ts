// The README's promises, with the README's own blocks.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { extendCatalogue } from '../../src/catalogue/extend.ts'
import { loadCatalogue } from '../../src/catalogue/load.ts'
import { presetsDirectory } from '../../src/catalogue/package-root.ts'
import { resolvePreset } from '../../src/core/preset/resolve.ts'
import { packaged, revisionNamed } from '../core/preset/packaged.ts'
import { makeDirectory } from './temporary-directory.ts'

const readme = readFileSync(join(presetsDirectory(), 'README.md'), 'utf8')
const [fiveLines = '', configMap = '', instanceType = ''] = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(
  match => match[1],
)

function keys(text: string): readonly string[] {
  return text.split('\n').map(line => line.slice(0, line.indexOf(':')))
}

describe('presets/README.md', () => {
  it('adds a model in five lines', async test => {
    assert.equal(fiveLines.trimEnd().split('\n').length, 5)
    const loaded = await loadCatalogue({ directories: [makeDirectory(test, { 'qwen.yaml': fiveLines })] })
    assert.ok(loaded.ok, JSON.stringify(loaded))
    for (const text of ['qwen2.5-7b-instruct', 'Qwen/Qwen2.5-7B-Instruct']) {
      const resolved = resolvePreset(loaded.value, text)
      assert.ok(resolved.ok)
      // The coder of the same family has the same shape: the same flags and figures follow from the same numbers.
      const [revision] = resolved.value.preset.revisions
      const coder = revisionNamed('qwen2.5-coder-7b-instruct', 'kaito-0.12')
      assert.deepEqual(revision?.runtimes.vllm, coder.runtimes.vllm)
      assert.deepEqual(revision?.figures, coder.figures)
    }
  })

  it('adds the same by a ConfigMap', () => {
    const { metadata, data }: { metadata: { labels: object }; data: Record<string, string> } =
      parse(configMap)
    assert.deepEqual(metadata.labels, { 'kaito.sh/catalogue': 'presets' })
    assert.deepEqual(Object.values(data), [fiveLines])
    const texts = Object.entries(data).map(([key, text]) => ({
      file: `kaito-system/my-presets/${key}`,
      text,
    }))
    assert.ok(extendCatalogue(packaged, texts).ok)
  })

  it('adds an instance type with a price', () => {
    const extended = extendCatalogue(packaged, [{ file: 'prices.yaml', text: instanceType }])
    assert.ok(extended.ok, JSON.stringify(extended))
    const type = extended.value.instanceTypes.find(one => one.name === 'Standard_NC24ads_A100_v4')
    assert.equal(type?.pricePerHour, 3.67)
  })

  it('offers as an entry to fill in what its five lines are', () => {
    const resolved = resolvePreset(packaged, 'Qwen/Qwen2.5-7B-Instruct')
    assert.ok(!resolved.ok && resolved.problem.code === 'UnknownPreset')
    assert.deepEqual(keys(resolved.problem.entry ?? ''), keys(fiveLines.trimEnd()))
  })
})
