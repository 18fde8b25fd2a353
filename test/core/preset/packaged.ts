// The packaged catalogue, for tests.

import assert from 'node:assert/strict'
import { loadCatalogue } from '../../../src/catalogue/load.ts'
import type { Catalogue, Preset, PresetRevision } from '../../../src/core/preset/catalogue.ts'
import type { RevisionName } from '../../../src/core/api/names.ts'

const loaded = await loadCatalogue()
assert.ok(loaded.ok, JSON.stringify(loaded))

export const packaged: Catalogue = loaded.value

/** The packaged entry of a name. */
export function presetNamed(name: string): Preset {
  const preset = packaged.presets.find(one => one.name === name)
  assert.ok(preset, `no entry named ${name}`)
  return preset
}

/** A revision of a packaged entry. */
export function revisionNamed(name: string, revision: RevisionName): PresetRevision {
  const found = presetNamed(name).revisions.find(one => one.name === revision)
  assert.ok(found, `${name} has no revision ${revision}`)
  return found
}
