// Pipeline: kube. The controller's port to the API server: objects in and out by resource path and name. Every write says
// who wrote it (fieldManager), and every deletion what it means to delete.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { ClusterClient, ObjectName, PatchType, ResourcePath } from '../core/ports.ts'
import { PODS } from '../core/resource-paths.ts'
import type { KubeClient } from './client.ts'
import { ApiError, isGone } from './errors.ts'
import { listPages } from './pages.ts'
import { FIELD_MANAGER } from './registration.ts'

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply */
const CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  'json-patch': 'application/json-patch+json',
  'merge-patch': 'application/merge-patch+json',
  'strategic-merge-patch': 'application/strategic-merge-patch+json',
}

const query = { fieldManager: FIELD_MANAGER }

/** The port over this client; failures are those of errors.ts. */
export function createClusterClient(client: KubeClient): ClusterClient {
  return {
    create: (path, namespace, body) =>
      client.request({ method: 'POST', path: collectionPath(path, namespace), query, body }),
    patch: (path, name, type, body, subresource) =>
      client.request({
        method: 'PATCH',
        path: objectPath(path, name) + (subresource === undefined ? '' : `/${subresource}`),
        query,
        contentType: CONTENT_TYPES[type],
        body,
      }),
    delete: (path, name, preconditions) =>
      client.request({ method: 'DELETE', path: objectPath(path, name), body: deleteOptions(preconditions) }),
    evict: (pod, uid) => evict(client, pod, uid),
    list: (path, listQuery, namespace = '') => listAll(client, collectionPath(path, namespace), listQuery),
    get: (path, name) => client.request({ method: 'GET', path: objectPath(path, name) }),
  }
}

/** A list whose moment was over before its last page begins anew, once: then the next attempt is the caller's. */
async function listAll(
  client: KubeClient,
  path: string,
  listQuery: Readonly<Record<string, string>>,
): Promise<readonly JsonObject[]> {
  const readAll = async (): Promise<readonly JsonObject[]> => {
    const objects: JsonObject[] = []
    for await (const { items } of listPages(client, path, listQuery)) objects.push(...items)
    return objects
  }
  return await readAll().catch((error: unknown) => {
    if (isGone(error)) return readAll()
    throw error
  })
}

/**
 * The API server repeats an eviction whose uid is another one's for 10 s before it says so (EvictionsRetry in
 * pkg/registry/core/pod/storage/eviction.go): asking first is cheaper. The precondition is for the time in between.
 */
async function evict(client: KubeClient, pod: ObjectName, uid: string): Promise<JsonObject> {
  const path = objectPath(PODS, pod)
  const metadata = objectAt(await client.request({ method: 'GET', path }), 'metadata')
  if (stringAt(metadata, 'uid') !== uid)
    throw new ApiError(
      `POST ${path}/eviction: the pod ${uid} is gone, another one has its name`,
      404,
      'NotFound',
    )
  return await client.request({ method: 'POST', path: `${path}/eviction`, body: eviction(pod, uid) })
}

/** Who has the name now may be another object than the one that was meant: the uid tells them apart. */
function deleteOptions(preconditions: {
  readonly uid: string
  readonly resourceVersion?: string
}): JsonObject {
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { ...preconditions } }
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
function eviction({ namespace, name }: ObjectName, uid: string): JsonObject {
  const metadata = { namespace, name }
  return { apiVersion: 'policy/v1', kind: 'Eviction', metadata, deleteOptions: deleteOptions({ uid }) }
}

function collectionPath({ base, resource }: ResourcePath, namespace: string): string {
  return namespace === '' ? `${base}/${resource}` : `${base}/namespaces/${namespace}/${resource}`
}

function objectPath(path: ResourcePath, { namespace, name }: ObjectName): string {
  return `${collectionPath(path, namespace)}/${encodeURIComponent(name)}`
}
