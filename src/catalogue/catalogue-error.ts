// Adapter: catalogue. A mistake in catalogue data, as data: who edits presets or a ConfigMap sees where to look.

import type { Catalogue } from '../core/preset/catalogue.ts'
import type { Place } from './document.ts'

export interface CatalogueError {
  /** Path as the caller gave it, or namespace/name/key of a ConfigMap. */
  readonly file: string
  /** From 1; 1:1 where the mistake is the whole file. */
  readonly line: number
  readonly column: number
  readonly message: string
}

/** A mistake at a place of a file. */
export function mistakeAt(file: string, { line, column }: Place, message: string): CatalogueError {
  return { file, line, column, message }
}

/** The catalogue, or every mistake at once. */
export type CatalogueResult =
  | { readonly ok: true; readonly value: Catalogue }
  | { readonly ok: false; readonly errors: readonly CatalogueError[] }

/** `file:line:column: message`, which editors and terminals turn into a link. */
export function formatCatalogueError({ file, line, column, message }: CatalogueError): string {
  return `${file}:${line}:${column}: ${message}`
}
