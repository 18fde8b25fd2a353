// A process of its own: what the controller's caches keep of an object, measured by filling them. The objects are real ones,
// parsed anew for each copy as a watch does, under names and uids of their own.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { CLAIM_LABEL } from '../../../src/core/claim/backends/claim-keys.ts'
import { importBuilt } from '../built.ts'
import { answerParent } from '../peer.ts'

/** So many copies of this object in the cache of its resource. */
export interface MemoryQuestion {
  readonly resource: string
  readonly object: JsonObject
  readonly copies: number
}

export interface MemoryAnswer {
  readonly heapBytesEach: number
  readonly rssGrowthBytes: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const { createClusterCache } = await importBuilt<typeof import('../../../src/controller/cluster-cache.ts')>(
  'src/controller/cluster-cache.ts',
)

answerParent(question => Promise.resolve(measure(question as MemoryQuestion)))

function measure({ resource, object, copies }: MemoryQuestion): MemoryAnswer {
  const cache = createClusterCache(() => undefined)
  const claims = cache.claimFeeds({ base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' }, 'NodeClaim')
  const feed = [...cache.feeds, ...claims].find(({ target }) => target.path.resource === resource)
  if (feed === undefined) throw new Error(`${resource} is not watched`)
  const text = JSON.stringify(object)
  const before = used()
  for (let index = 0; index < copies; index++) feed.handler.onObject(copyOf(text, index))
  const after = used()
  // Still used, so that nothing of it was collected.
  if (cache.services().size > 0) throw new Error('there is no Service')
  return { heapBytesEach: (after.heap - before.heap) / copies, rssGrowthBytes: after.rss - before.rss }
}

/** A claim is one of ours only while its label is its name. */
function copyOf(text: string, index: number): JsonObject {
  const copy = JSON.parse(text) as { metadata: { name: string; labels?: Record<string, string> } }
  const name = `${copy.metadata.name}-${index}`
  Object.assign(copy.metadata, { name, uid: `uid-of-${name}`, resourceVersion: String(1000 + index) })
  if (copy.metadata.labels?.[CLAIM_LABEL] !== undefined) copy.metadata.labels[CLAIM_LABEL] = name
  return copy
}

function used(): { readonly heap: number; readonly rss: number } {
  collectGarbage()
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, rss }
}
