import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { nodeLost, podLevers } from './levers.ts'
import { createShortages, renderShortages } from './shortages.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('the file of shortages', () => {
  test('has a line for each type; a type that is scarce and slow is scarce', () => {
    const text = renderShortages({ a: undefined, b: 'no quota\nin eastus ', c: '' }, { d: 2.5, a: 1 })
    assert.equal(text, 'd slow=2.5\na slow=1\na\nb no quota in eastus\nc\n')
  })

  test('holds what was set last, scarce and slow apart', () => {
    const file = join(temporaryFolder(), 'shortages')
    const { scarce, slow } = createShortages(file)
    const text = (): string => readFileSync(file, 'utf8')
    assert.equal(text(), '')
    scarce.set({ a: undefined })
    slow.set({ b: 1 })
    scarce.set({ c: undefined })
    assert.equal(text(), 'b slow=1\nc\n')
    slow.set({})
    scarce.set({})
    assert.equal(text(), '')
  })
})

describe('the levers', () => {
  test('are those that the stages know', () => {
    const stages = readFileSync(join(import.meta.dirname, 'kwok-stages.yaml'), 'utf8')
    const known = new Set(
      [...stages.matchAll(/annotations(?:\[| )"(?<name>[^"]+)"/g)].map(({ groups }) => groups?.['name']),
    )
    assert.deepEqual(known, new Set([...Object.values(podLevers), nodeLost]))
  })
})
