import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ANNOTATION_NAMES } from '../../src/core/api/annotations.ts'
import { annotationsPage } from '../../tools/docs.ts'

const docs = join(import.meta.dirname, '..', '..', 'docs')

describe('generated documentation', () => {
  it('is what the registry of annotations says today (node tools/docs.ts)', () => {
    assert.equal(readFileSync(join(docs, 'annotations.md'), 'utf8'), annotationsPage())
  })

  it('names every annotation', () => {
    const page = annotationsPage()
    const missing = ANNOTATION_NAMES.filter(name => !page.includes(`| \`${name}\``))
    assert.deepEqual(missing, [])
    assert.ok(ANNOTATION_NAMES.length > 15)
  })
})
