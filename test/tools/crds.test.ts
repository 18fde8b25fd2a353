import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { crdFiles } from '../../tools/crds.ts'

const base = join(import.meta.dirname, '..', '..', 'manifests', 'base')

describe('generated CustomResourceDefinitions', () => {
  for (const [name, text] of Object.entries(crdFiles()))
    it(`${name} is what the code says today (node tools/crds.ts), and part of the base`, () => {
      assert.equal(readFileSync(join(base, name), 'utf8'), text)
      const { resources } = parse(readFileSync(join(base, 'kustomization.yaml'), 'utf8')) as {
        resources: string[]
      }
      assert.ok(resources.includes(name))
    })
})
