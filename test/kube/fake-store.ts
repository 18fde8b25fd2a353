// An API server's store in memory, with what writers rely on: a name is there once, each write has a new resourceVersion, a
// write that names another one is a conflict. It can be away, or silent.
import { isObject, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import type { KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { TransientError, translateResponse } from '../../src/kube/errors.ts'

export interface FakeStore {
  /** By path. */
  readonly objects: Map<string, JsonObject>
  /** Every request that was answered or lost. */
  readonly requests: KubeRequest[]
  /** `lost`: it is done, but its answer never comes. */
  mode: 'up' | 'down' | 'silent' | 'lost'
  /** Another way into it, which may be down by itself. */
  readonly connect: () => KubeClient & { mode: FakeStore['mode'] }
}

/** An empty one. */
export function makeFakeStore(): FakeStore {
  const objects = new Map<string, JsonObject>()
  const requests: KubeRequest[] = []
  let version = 0

  function write(path: string, object: JsonObject): JsonObject {
    const metadata = { ...objectAt(object, 'metadata'), resourceVersion: String(++version) }
    const written = { ...object, metadata }
    objects.set(path, written)
    return structuredClone(written)
  }

  function answer(request: KubeRequest): JsonObject {
    const { method, path, body } = request
    const sent = isObject(body) ? structuredClone(body) : {}
    const name = stringAt(objectAt(sent, 'metadata'), 'name') ?? ''
    const at = method === 'POST' ? `${path}/${name}` : path
    const stored = objects.get(at)
    if (method === 'POST')
      return stored === undefined ? write(at, sent) : refuse(request, 409, 'AlreadyExists')
    if (stored === undefined) return refuse(request, 404, 'NotFound')
    if (method === 'PATCH') return write(at, { ...stored, ...sent })
    if (method !== 'PUT') return structuredClone(stored)
    const isSame =
      objectAt(sent, 'metadata')['resourceVersion'] === objectAt(stored, 'metadata')['resourceVersion']
    return isSame ? write(at, sent) : refuse(request, 409, 'Conflict')
  }

  function connect(): KubeClient & { mode: FakeStore['mode'] } {
    const connection = {
      mode: 'up' as FakeStore['mode'],
      async request(request: KubeRequest): Promise<JsonObject> {
        requests.push(request)
        const mode = connection.mode === 'up' ? store.mode : connection.mode
        if (mode === 'down') throw new TransientError('the API server is away')
        if (mode === 'silent') return await new Promise<never>(() => {})
        const answered = answer(request)
        return mode === 'lost' ? await new Promise<never>(() => {}) : answered
      },
      stream: () => Promise.reject(new Error('no watches here')),
      close() {},
    }
    return connection
  }

  const store: FakeStore = { objects, requests, mode: 'up', connect }
  return store
}

function refuse({ method, path }: KubeRequest, status: number, reason: string): never {
  const body = JSON.stringify({ kind: 'Status', reason, code: status, details: { name: path } })
  throw translateResponse(`${method} ${path}`, { status, body })
}
