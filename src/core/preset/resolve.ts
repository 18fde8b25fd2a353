// Pipeline: preset. What people write into `kaito.sh/preset` (name, alias or Hugging Face id, any case, optional
// `@revision`) → an entry of the catalogue. One look-up in an index that is built once for each catalogue.

import { nearestFew } from '../api/nearest.ts'
import type { Catalogue, Preset, PresetRevision } from './catalogue.ts'
import { entrySnippet } from './entry-snippet.ts'
import { shortName } from './entry-name.ts'

export interface ResolvedPreset {
  readonly preset: Preset
  /** Only where the text pins one. */
  readonly revision?: PresetRevision
}

/** Why a text names nothing, as data; `presetFieldError` makes the sentence. */
export type PresetProblem =
  | {
      readonly code: 'UnknownPreset'
      readonly text: string
      /** Names that may have been meant, nearest first. */
      readonly nearest: readonly string[]
      /** For a Hugging Face id: the entry to fill in and add. */
      readonly entry?: string
    }
  | { readonly code: 'UnknownRevision'; readonly text: string; readonly preset: Preset }

export type PresetResolution =
  | { readonly ok: true; readonly value: ResolvedPreset }
  | { readonly ok: false; readonly problem: PresetProblem }

/** The entry, and the revision if one is pinned, that a text names. */
export function resolvePreset(catalogue: Catalogue, text: string): PresetResolution {
  const at = text.indexOf('@')
  const name = at < 0 ? text : text.slice(0, at)
  const preset = indexOf(catalogue).get(name.toLowerCase())
  if (preset === undefined) return { ok: false, problem: unknownPreset(catalogue, name) }
  if (at < 0) return { ok: true, value: { preset } }
  const pinned = text.slice(at + 1).toLowerCase()
  const revision = preset.revisions.find(one => one.name === pinned)
  if (revision === undefined) return { ok: false, problem: { code: 'UnknownRevision', text, preset } }
  return { ok: true, value: { preset, revision } }
}

/** Enough to choose from, few enough to read. */
const SUGGESTIONS = 3

function unknownPreset(catalogue: Catalogue, text: string): PresetProblem {
  const nearest = nearestFew(text, candidates(catalogue, text.includes('/')), SUGGESTIONS)
  const entry = entrySnippet(text)
  return { code: 'UnknownPreset', text, nearest, ...(entry === undefined ? {} : { entry }) }
}

/** Ids answer an id, as upstream writes them; names and aliases answer a name. */
function candidates(catalogue: Catalogue, isId: boolean): readonly string[] {
  if (isId) return catalogue.presets.map(preset => preset.huggingFaceId)
  return catalogue.presets.flatMap(preset => [preset.name, ...preset.aliases])
}

const indexes = new WeakMap<Catalogue, ReadonlyMap<string, Preset>>()

function indexOf(catalogue: Catalogue): ReadonlyMap<string, Preset> {
  const known = indexes.get(catalogue)
  if (known !== undefined) return known
  const index = buildIndex(catalogue.presets)
  indexes.set(catalogue, index)
  return index
}

/** Names win over aliases; an id that several entries share means the one that is named after it. */
function buildIndex(presets: readonly Preset[]): ReadonlyMap<string, Preset> {
  const named = presets.map(preset => [preset.name, preset] as const)
  const aliased = presets.flatMap(preset => preset.aliases.map(alias => [alias, preset] as const))
  const natural = presets.filter(preset => preset.name === shortName(preset.huggingFaceId))
  const ids = [...presets.toReversed(), ...natural].map(
    preset => [preset.huggingFaceId.toLowerCase(), preset] as const,
  )
  return new Map([...ids, ...aliased, ...named])
}
