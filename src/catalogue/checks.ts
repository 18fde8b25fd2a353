// Adapter: catalogue. What a schema cannot say about the entries of a source: names given once, and nothing that would
// only fail on a GPU node a quarter of an hour later.

import { nearest } from '../core/api/nearest.ts'
import type { Catalogue, InstanceType } from '../core/preset/catalogue.ts'
import { shortName } from '../core/preset/entry-name.ts'
import type { CatalogueError } from './catalogue-error.ts'
import type { ValuePath } from './document.ts'
import type { Entry, PresetSource } from './entries.ts'
import { vllmArchitectures } from './vllm-architectures.ts'

/** Every mistake of a source's presets on top of the catalogue that they extend. */
export function presetMistakes(base: Catalogue, presets: readonly PresetSource[]): readonly CatalogueError[] {
  return [
    ...presets.flatMap(preset => [...nameMistakes(preset), ...revisionMistakes(preset)]),
    ...duplicates(presets.flatMap(givenNames)),
    ...hiddenNames(base, presets),
  ]
}

/** Every mistake of a source's instance types. */
export function instanceTypeMistakes(entries: readonly Entry<InstanceType>[]): readonly CatalogueError[] {
  return duplicates(entries.map(entry => ({ name: entry.value.name.toLowerCase(), field: ['name'], entry })))
}

/** The served name becomes a label value (kaito.sh/model). */
const LABEL_VALUE = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/

function nameMistakes({ entry, mistake }: PresetSource): readonly CatalogueError[] {
  const served = shortName(entry.id)
  if (LABEL_VALUE.test(served)) return []
  return [
    mistake(['id'], `"${served}" cannot be the value of a Kubernetes label, which the served name becomes`),
  ]
}

function revisionMistakes(preset: PresetSource): readonly CatalogueError[] {
  const { entry, value, mistake } = preset
  const block = entry['kaito-0.12']
  if (value.revisions.length === 0)
    return [mistake(['kaito-0.12'], 'no revision is left without a block "kaito-0.4"')]
  return block === false || block?.image !== undefined ? [] : architectureMistakes(preset)
}

/** An image of one's own may hold another vLLM; KAITO's does not serve what it does not know. */
function architectureMistakes({ entry, mistake }: PresetSource): readonly CatalogueError[] {
  const served = vllmArchitectures()
  if (entry.architectures.some(architecture => served.has(architecture))) return []
  const meant = nearest(entry.architectures[0] ?? '', served)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return [
    mistake(['architectures'], `the vLLM of kaito-0.12 serves no ${entry.architectures.join(', ')}${hint}`),
  ]
}

interface GivenName {
  readonly name: string
  readonly field: ValuePath
  readonly entry: Entry<unknown>
}

function givenNames(preset: PresetSource): readonly GivenName[] {
  const { name, aliases } = preset.value
  const nameField = preset.entry.name === undefined ? 'id' : 'name'
  return [
    { name, field: [nameField], entry: preset },
    ...aliases.map((alias, index) => ({ name: alias, field: ['aliases', index], entry: preset })),
  ]
}

function duplicates(names: readonly GivenName[]): readonly CatalogueError[] {
  const first = new Map<string, GivenName>()
  const errors: CatalogueError[] = []
  for (const given of names) {
    const earlier = first.get(given.name)
    if (earlier === undefined) first.set(given.name, given)
    else errors.push(given.entry.mistake(given.field, `"${given.name}" is also at ${earlier.entry.where()}`))
  }
  return errors
}

/** An alias never hides an entry of another source: people would get another model than the one they name. */
function hiddenNames(base: Catalogue, presets: readonly PresetSource[]): readonly CatalogueError[] {
  const kept = new Set(base.presets.map(preset => preset.name))
  for (const preset of presets) kept.delete(preset.value.name)
  return presets.flatMap(({ value, mistake }) =>
    value.aliases.flatMap((alias, index) =>
      kept.has(alias)
        ? [mistake(['aliases', index], `"${alias}" is the name of an entry of the catalogue`)]
        : [],
    ),
  )
}
