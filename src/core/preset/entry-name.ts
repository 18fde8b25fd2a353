// Pipeline: preset. The names that follow from a Hugging Face id.

import type { PresetEntry } from './entry.ts'

/** The part of a Hugging Face id after the slash, in lower case: what upstream serves the model as. */
export function shortName(huggingFaceId: string): string {
  return huggingFaceId.slice(huggingFaceId.lastIndexOf('/') + 1).toLowerCase()
}

/** The catalogue's name of an entry. */
export function entryName(entry: PresetEntry): string {
  return entry.name ?? shortName(entry.id)
}
