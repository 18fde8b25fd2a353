// Pipeline: cli. The catalogue that admission reads from memory: what is packaged, extended by ConfigMaps, looked at again
// behind its back. A ConfigMap with mistakes counts for nothing and is said in the log; the others count.
import { formatCatalogueError } from '../catalogue/catalogue-error.ts'
import { extendCatalogue } from '../catalogue/extend.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import type { CatalogueTexts } from '../kube/catalogue-texts.ts'
import type { Log } from '../ops/log.ts'

export interface CatalogueHolder {
  current(): Catalogue
  /** Takes what the ConfigMaps say now. */
  replace(sources: readonly CatalogueTexts[]): void
}

/** Holds the packaged catalogue until it is told more. */
export function createCatalogueHolder(packaged: Catalogue, log: Log): CatalogueHolder {
  let catalogue = packaged
  let seen = '[]'
  return {
    current: () => catalogue,
    replace(sources) {
      const text = JSON.stringify(sources)
      if (text === seen) return
      seen = text
      catalogue = sources.reduce((base, source) => extended(base, source, log), packaged)
      log.info(
        { catalogue: catalogue.revision, configMaps: sources.map(({ configMap }) => configMap) },
        'the catalogue has changed',
      )
    },
  }
}

function extended(base: Catalogue, { configMap, texts }: CatalogueTexts, log: Log): Catalogue {
  const result = extendCatalogue(base, texts)
  if (result.ok) return result.value
  log.error(
    { configMap, errors: result.errors.map(formatCatalogueError) },
    'a catalogue ConfigMap has mistakes and is left out',
  )
  return base
}
