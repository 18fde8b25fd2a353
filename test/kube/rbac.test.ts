import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { renderRbac } from '../../src/kube/rbac.ts'

test('manifests/base/rbac.yaml is the table in the code', async () => {
  const text = await readFile(new URL('../../manifests/base/rbac.yaml', import.meta.url), 'utf8')
  const documents = parseAllDocuments(text)
  assert.deepEqual(
    documents.map(document => ('toJSON' in document ? document.toJSON() : undefined)),
    renderRbac('kaito-system'),
  )
})
