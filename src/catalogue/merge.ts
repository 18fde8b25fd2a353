// Adapter: catalogue. One source of documents (a directory, a ConfigMap) on top of a catalogue: the same name replaces;
// inside one source a name is given once. The order of sources decides, the order of files and entries does not.

import { createHash } from 'node:crypto'
import { canonicalJson } from '../core/api/json.ts'
import type { Json } from '../core/api/json.ts'
import type { Catalogue, InstanceType, Preset } from '../core/preset/catalogue.ts'
import type { CatalogueResult } from './catalogue-error.ts'
import { instanceTypeMistakes, presetMistakes } from './checks.ts'
import type { CatalogueDocument } from './document.ts'
import { readInstanceTypes, readPresets } from './entries.ts'
import type { Entry } from './entries.ts'

/** Enough to tell catalogues apart, short enough to stand in every plan. */
const REVISION_CHARACTERS = 12

/** What every load begins with. */
export const EMPTY_CATALOGUE: Catalogue = withRevision({ presets: [], instanceTypes: [] })

/** The catalogue with a source's entries added, replacing those of the same name; or every mistake of the source. */
export function mergeSource(base: Catalogue, documents: readonly CatalogueDocument[]): CatalogueResult {
  const presets = readPresets(documents)
  const instanceTypes = readInstanceTypes(documents)
  const errors = [...presetMistakes(base, presets), ...instanceTypeMistakes(instanceTypes)]
  if (errors.length > 0) return { ok: false, errors }
  return {
    ok: true,
    value: withRevision({
      presets: mergePresets(base.presets, presets.map(valueOf)),
      instanceTypes: mergeInstanceTypes(base.instanceTypes, instanceTypes.map(valueOf)),
    }),
  }
}

function valueOf<T>(entry: Entry<T>): T {
  return entry.value
}

/** A name or alias that a later source gives is taken from the aliases of earlier ones. */
function mergePresets(base: readonly Preset[], added: readonly Preset[]): readonly Preset[] {
  const replaced = new Set(added.map(preset => preset.name))
  const taken = new Set(added.flatMap(preset => [preset.name, ...preset.aliases]))
  const kept = base.filter(preset => !replaced.has(preset.name)).map(preset => withoutAliases(preset, taken))
  return byName([...kept, ...added])
}

function withoutAliases(preset: Preset, taken: ReadonlySet<string>): Preset {
  return { ...preset, aliases: preset.aliases.filter(alias => !taken.has(alias)) }
}

/** Clouds' names differ in case from tool to tool: the same letters are the same machine. */
function mergeInstanceTypes(
  base: readonly InstanceType[],
  added: readonly InstanceType[],
): readonly InstanceType[] {
  const replaced = new Set(added.map(type => type.name.toLowerCase()))
  return byName([...base.filter(type => !replaced.has(type.name.toLowerCase())), ...added])
}

function byName<T extends { readonly name: string }>(values: readonly T[]): readonly T[] {
  return values.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function withRevision(data: Omit<Catalogue, 'revision'>): Catalogue {
  const plain: Json = JSON.parse(JSON.stringify(data))
  const hash = createHash('sha256').update(canonicalJson(plain))
  return { revision: hash.digest('hex').slice(0, REVISION_CHARACTERS), ...data }
}
