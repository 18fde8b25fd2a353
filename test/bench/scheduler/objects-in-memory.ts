// What the caches keep of each object, by objects of this very cluster, and what 100,000 pods take.
import { isObject, listAt, type JsonObject } from '../../../src/core/api/json.ts'
import { startPeer } from '../peer.ts'
import type { MemoryAnswer, MemoryQuestion } from './memory.ts'
import type { Figure } from './report.ts'
import { formatMb, NAMESPACE, type Bench } from './stage.ts'

const PODS = 100_000
const COPIES = 10_000

export async function measureMemory({ plane }: Bench): Promise<readonly Figure[]> {
  const one = async (path: string): Promise<JsonObject> => {
    const { body } = await plane.request<JsonObject>('GET', `${path}?limit=1`)
    const object = listAt(body, 'items').find(isObject)
    if (object === undefined) throw new Error(`there is nothing at ${path}`)
    return object
  }
  const pod = await one(`/api/v1/namespaces/${NAMESPACE}/pods`)
  const objects: Readonly<Record<string, MemoryQuestion>> = {
    'a pod of ours': { resource: 'pods', object: pod, copies: COPIES },
    'a node with GPUs': { resource: 'nodes', object: await one('/api/v1/nodes'), copies: COPIES },
    'a claim': {
      resource: 'nodeclaims',
      object: await one('/apis/karpenter.sh/v1/nodeclaims'),
      copies: COPIES,
    },
    'a Deployment of ours': {
      resource: 'deployments',
      object: await one(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`),
      copies: COPIES,
    },
    'a pod of others': { resource: 'pods', object: foreign(pod), copies: PODS },
  }
  const answers = new Map<string, MemoryAnswer>()
  for (const [name, question] of Object.entries(objects)) answers.set(name, await ask(question))
  const each = [...answers].map(([name, { heapBytesEach }]) => `${name} ${Math.round(heapBytesEach)}`)
  const grown = (name: string): MemoryAnswer | undefined => answers.get(name)
  return [
    { what: 'heap bytes of one object', wanted: '', measured: each.join(', ') },
    {
      what: `memory for ${PODS.toLocaleString('en')} pods of others, all in the cache`,
      wanted: '',
      measured: `${formatMb(grown('a pod of others')?.rssGrowthBytes ?? NaN)} of RSS`,
    },
    {
      what: `memory for ${PODS.toLocaleString('en')} pods of ours, extrapolated`,
      wanted: '',
      measured: `${formatMb((grown('a pod of ours')?.heapBytesEach ?? NaN) * PODS)} of heap`,
    },
  ]
}

/** Each in a process of its own. */
async function ask(question: MemoryQuestion): Promise<MemoryAnswer> {
  const peer = startPeer('./scheduler/memory.ts')
  try {
    return await peer.ask<MemoryAnswer>(question)
  } finally {
    peer.end()
  }
}

/** The same pod without what makes it ours. */
function foreign(pod: JsonObject): JsonObject {
  const { annotations: _, ...metadata } = pod['metadata'] as JsonObject
  return { ...pod, metadata }
}
