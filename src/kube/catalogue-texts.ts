// Pipeline: kube. ConfigMaps that extend the catalogue at run time: those of kaito-native's namespace with the label
// `kaito.sh/catalogue`; each key is a file.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { KubeClient } from './client.ts'

/** Presets and instance types have the same form of file: both values are read alike. */
export const CATALOGUE_SELECTOR = 'kaito.sh/catalogue in (presets, instance-types)'

export interface CatalogueTexts {
  /** `namespace/name`. */
  readonly configMap: string
  readonly texts: readonly { readonly file: string; readonly text: string }[]
}

/** Sorted by name, so that which of two equal names wins does not depend on the order of an answer. */
export async function listCatalogueTexts(
  client: KubeClient,
  namespace: string,
): Promise<readonly CatalogueTexts[]> {
  const list = await client.request({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    query: { labelSelector: CATALOGUE_SELECTOR },
  })
  return listAt(list, 'items')
    .filter(isObject)
    .map(item => toTexts(namespace, item))
    .toSorted((a, b) => (a.configMap < b.configMap ? -1 : 1))
}

function toTexts(namespace: string, object: JsonObject): CatalogueTexts {
  const configMap = `${namespace}/${stringAt(objectAt(object, 'metadata'), 'name') ?? ''}`
  const data = objectAt(object, 'data')
  const texts = Object.keys(data)
    .toSorted()
    .map(key => ({ file: `${configMap}/${key}`, text: stringAt(data, key) ?? '' }))
  return { configMap, texts }
}
