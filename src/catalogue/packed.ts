// Adapter: catalogue. The packaged YAML, parsed and validated ahead of time: reading it takes a few milliseconds instead
// of about a hundred. YAML stays the source: the packed file carries a fingerprint of every text that it was made from,
// and counts for nothing as soon as one of them has changed. `node tools/presets.ts` writes it.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { CatalogueDocument, DocumentContent, SourceText } from './document.ts'
import { SCHEMA_FILES } from './schema-files.ts'

/** Name of the packed file, beside the data. */
export const PACKED_FILE = 'packed.json'

interface Packed {
  readonly fingerprint: string
  readonly documents: readonly { readonly file: string; readonly content: DocumentContent }[]
}

/** The documents of a source as they were packed, or undefined where they were not or have changed since. */
export function readPacked(
  directory: string,
  source: readonly SourceText[],
): readonly CatalogueDocument[] | undefined {
  const packed = parsePacked(join(directory, PACKED_FILE))
  if (packed?.fingerprint !== fingerprintOf(directory, source)) return undefined
  return packed.documents.map(({ file, content }) => ({
    file: join(directory, file),
    content,
    locate: wholeFile,
  }))
}

/** A cache that is not there or cannot be read (an unresolved merge) is no cache, and no mistake. */
function parsePacked(path: string): Packed | undefined {
  if (!existsSync(path)) return undefined
  try {
    const packed: Packed = JSON.parse(readFileSync(path, 'utf8'))
    return packed
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The text of the packed file. */
export function packedText(
  directory: string,
  source: readonly SourceText[],
  documents: readonly CatalogueDocument[],
): string {
  const packed: Packed = {
    fingerprint: fingerprintOf(directory, source),
    documents: documents.map(({ file, content }) => ({ file: relative(directory, file), content })),
  }
  return `${JSON.stringify(packed)}\n`
}

/** Packed documents have been checked: no place in them is ever asked for in earnest. */
function wholeFile(): { readonly line: number; readonly column: number } {
  return { line: 1, column: 1 }
}

/** Data and schemas: a schema that has become stricter asks for validation too. */
function fingerprintOf(directory: string, source: readonly SourceText[]): string {
  const schemas = Object.values(SCHEMA_FILES).map(file => readFileSync(join(directory, file), 'utf8'))
  const texts = source.map(({ file, text }) => [relative(directory, file), text])
  return createHash('sha256')
    .update(JSON.stringify([schemas, texts]))
    .digest('hex')
}
