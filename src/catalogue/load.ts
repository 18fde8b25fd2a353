// Adapter: catalogue. The core's catalogue from the packaged presets/ and more directories in order. YAML parser and
// validator are loaded only where there is YAML to read that was not packed.

import type { Catalogue } from '../core/preset/catalogue.ts'
import type { CatalogueError, CatalogueResult } from './catalogue-error.ts'
import { EMPTY_CATALOGUE, mergeSource } from './merge.ts'
import { presetsDirectory } from './package-root.ts'
import { readPacked } from './packed.ts'
import { readSource } from './read-source.ts'

export interface CatalogueOptions {
  /** Directories with files like those of presets/, each on top of what comes before it. */
  readonly directories?: readonly string[]
}

/** The catalogue, or every mistake in every file. */
export async function loadCatalogue({ directories = [] }: CatalogueOptions = {}): Promise<CatalogueResult> {
  const packaged = await loadPackaged(presetsDirectory())
  if (directories.length === 0) return packaged
  return extendFromDirectories(packaged, directories)
}

/** The catalogue of one directory: from its packed file where that is up to date, else from its YAML. */
export async function loadPackaged(directory: string): Promise<CatalogueResult> {
  const source = readSource(directory)
  if (!source.ok) return source
  const packed = readPacked(directory, source.value)
  const fromPacked = packed === undefined ? undefined : mergeSource(EMPTY_CATALOGUE, packed)
  if (fromPacked?.ok) return fromPacked
  const { extendCatalogue } = await import('./extend.ts')
  return extendCatalogue(EMPTY_CATALOGUE, source.value)
}

async function extendFromDirectories(
  base: CatalogueResult,
  directories: readonly string[],
): Promise<CatalogueResult> {
  const { extendCatalogue } = await import('./extend.ts')
  let catalogue: Catalogue = base.ok ? base.value : EMPTY_CATALOGUE
  const errors: CatalogueError[] = base.ok ? [] : [...base.errors]
  for (const directory of directories) {
    const source = readSource(directory)
    const extended = source.ok ? extendCatalogue(catalogue, source.value) : source
    if (extended.ok) catalogue = extended.value
    else errors.push(...extended.errors)
  }
  return errors.length === 0 ? { ok: true, value: catalogue } : { ok: false, errors }
}
