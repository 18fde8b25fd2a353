// Adapter: catalogue. More entries for a catalogue from YAML texts: a directory given with --catalogue, or a ConfigMap
// labelled `kaito.sh/catalogue`, whose keys are the files.

import type { Catalogue } from '../core/preset/catalogue.ts'
import type { CatalogueResult } from './catalogue-error.ts'
import type { SourceText } from './document.ts'
import { mergeSource } from './merge.ts'
import { parseDocument } from './parse.ts'

/** The catalogue with one source on top of it, or every mistake of the source; the same name replaces. */
export function extendCatalogue(base: Catalogue, source: readonly SourceText[]): CatalogueResult {
  const parsed = source.map(parseDocument)
  const errors = parsed.flatMap(result => (result.ok ? [] : result.errors))
  const merged = mergeSource(
    base,
    parsed.flatMap(result => (result.ok ? [result.value] : [])),
  )
  if (errors.length === 0) return merged
  return { ok: false, errors: [...errors, ...(merged.ok ? [] : merged.errors)] }
}
