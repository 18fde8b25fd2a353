// Adapter: catalogue. The files of a catalogue directory: *.yaml in it and in its folder instance-types.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CatalogueError } from './catalogue-error.ts'
import type { SourceText } from './document.ts'

export type ReadResult =
  | { readonly ok: true; readonly value: readonly SourceText[] }
  | { readonly ok: false; readonly errors: readonly CatalogueError[] }

const FOLDERS = ['.', 'instance-types']

/** The texts in order of file name, or why there are none. */
export function readSource(directory: string): ReadResult {
  try {
    const files = FOLDERS.flatMap(folder => yamlFiles(join(directory, folder), folder === '.'))
    if (files.length === 0) return unreadable(directory, 'no *.yaml file in this directory')
    return { ok: true, value: files.map(file => ({ file, text: readFileSync(file, 'utf8') })) }
  } catch (error) {
    if (isMissing(error)) return unreadable(directory, 'no such directory')
    if (error instanceof Error && 'code' in error) return unreadable(directory, error.message)
    throw error
  }
}

/** Names that begin with a dot are a mounted ConfigMap's own (`..data`); the files beside them are links. */
function yamlFiles(directory: string, isRequired: boolean): readonly string[] {
  try {
    return readdirSync(directory)
      .filter(name => /^[^.].*\.ya?ml$/.test(name))
      .toSorted()
      .map(name => join(directory, name))
  } catch (error) {
    if (isRequired || !isMissing(error)) throw error
    return []
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function unreadable(file: string, message: string): ReadResult {
  return { ok: false, errors: [{ file, line: 1, column: 1, message }] }
}
