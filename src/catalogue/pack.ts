// Adapter: catalogue. Packing, for tools/presets.ts and the test that compares.

import type { CatalogueError } from './catalogue-error.ts'
import { packedText } from './packed.ts'
import { parseDocument } from './parse.ts'
import { readSource } from './read-source.ts'

export type PackResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly errors: readonly CatalogueError[] }

/** What the packed file of a catalogue directory must hold, or every mistake in its files. */
export function packDirectory(directory: string): PackResult {
  const source = readSource(directory)
  if (!source.ok) return source
  const parsed = source.value.map(parseDocument)
  const errors = parsed.flatMap(result => (result.ok ? [] : result.errors))
  if (errors.length > 0) return { ok: false, errors }
  const documents = parsed.flatMap(result => (result.ok ? [result.value] : []))
  return { ok: true, text: packedText(directory, source.value, documents) }
}
