// Adapter: catalogue. YAML text → a document that its schema accepts, or every mistake with line and column. Loaded only
// where YAML has to be read: parser and validator alone cost more time than reading the packed catalogue.

import { LineCounter, parseDocument as parseYaml } from 'yaml'
import type { Document } from 'yaml'
import { mistakeAt } from './catalogue-error.ts'
import type { CatalogueError } from './catalogue-error.ts'
import type { CatalogueDocument, SourceText } from './document.ts'
import { placeAt, placeFinder } from './place.ts'
import { validateContent } from './schema.ts'

export type ParseResult =
  | { readonly ok: true; readonly value: CatalogueDocument }
  | { readonly ok: false; readonly errors: readonly CatalogueError[] }

/** The document that a text holds. */
export function parseDocument({ file, text }: SourceText): ParseResult {
  const lineCounter = new LineCounter()
  const yaml = parseYaml(text, { lineCounter, prettyErrors: false })
  const syntax = [...yaml.errors, ...yaml.warnings]
  if (syntax.length > 0) {
    return failed(syntax.map(({ pos, message }) => mistakeAt(file, placeAt(lineCounter, pos[0]), message)))
  }
  const locate = placeFinder(yaml, lineCounter)
  const value = toValue(yaml)
  if (!value.ok) return failed([mistakeAt(file, locate([]), value.message)])
  const valid = validateContent(value.content)
  if (valid.ok) return { ok: true, value: { file, content: valid.content, locate } }
  return failed(valid.mistakes.map(({ path, message }) => mistakeAt(file, locate(path), message)))
}

function failed(errors: readonly CatalogueError[]): ParseResult {
  return { ok: false, errors }
}

type YamlValue =
  { readonly ok: true; readonly content: unknown } | { readonly ok: false; readonly message: string }

/** The YAML package throws on unknown aliases and on alias bombs; for us both are mistakes in the file. */
function toValue(yaml: Document): YamlValue {
  try {
    return { ok: true, content: yaml.toJS() }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}
