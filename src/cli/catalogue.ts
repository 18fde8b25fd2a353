// Pipeline: cli. The catalogue of offline commands: what is packaged, plus `--catalogue DIR`.
import { formatCatalogueError } from '../catalogue/catalogue-error.ts'
import { loadCatalogue } from '../catalogue/load.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { CommandError } from './io.ts'

/** The catalogue, or every mistake in its files. */
export async function openCatalogue(directory: string | undefined): Promise<Catalogue> {
  const loaded = await loadCatalogue(directory === undefined ? {} : { directories: [directory] })
  if (!loaded.ok) throw new CommandError(loaded.errors.map(formatCatalogueError))
  return loaded.value
}
