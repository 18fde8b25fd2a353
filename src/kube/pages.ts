// Pipeline: kube. A list, page by page, so that no more than a page of it is ever in memory at once.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { KubeClient } from './client.ts'

/** client-go's page size as well: a page of large pods is a few MB. */
const PAGE_ITEMS = 500

/** A part of a list. */
export interface Page {
  readonly items: readonly JsonObject[]
  /** Of the whole list: all its pages show the same moment. */
  readonly resourceVersion: string
}

/**
 * At least one page. GoneError in the middle: the moment is over (compacted), begin anew. The items of a list carry neither
 * kind nor apiVersion.
 */
export async function* listPages(
  client: KubeClient,
  path: string,
  query: Readonly<Record<string, string>> = {},
  pageItems = PAGE_ITEMS,
): AsyncGenerator<Page> {
  let token: string | undefined
  do {
    const paging = { limit: String(pageItems), ...(token !== undefined && { continue: token }) }
    const list = await client.request({ method: 'GET', path, query: { ...query, ...paging } })
    const metadata = objectAt(list, 'metadata')
    token = stringAt(metadata, 'continue')
    yield {
      items: listAt(list, 'items').filter(isObject),
      resourceVersion: stringAt(metadata, 'resourceVersion') ?? '',
    }
  } while (token !== undefined)
}
