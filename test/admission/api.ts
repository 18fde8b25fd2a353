// The API server as these tests use it: workloads by kind, namespace and name; a refusal is an Error with its message.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'

const CONTROLLER_TIMEOUT_MS = 60_000
const COLLECTIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1/deployments',
  StatefulSet: 'apps/v1/statefulsets',
  ReplicaSet: 'apps/v1/replicasets',
  ControllerRevision: 'apps/v1/controllerrevisions',
  Job: 'batch/v1/jobs',
  CronJob: 'batch/v1/cronjobs',
  Pod: '/v1/pods',
  Event: '/v1/events',
  Service: '/v1/services',
  ConfigMap: '/v1/configmaps',
}

/** How one write is sent. */
export interface WriteOptions {
  readonly dryRun?: boolean
  readonly query?: Readonly<Record<string, string>>
}

export type PatchType = 'merge-patch' | 'strategic-merge-patch' | 'json-patch' | 'apply-patch'

export interface Api {
  readonly createNamespace: (name: string, labels?: Readonly<Record<string, string>>) => Promise<void>
  /** All of these reject with the API server's message where it refuses. */
  readonly create: (namespace: string, object: JsonObject, options?: WriteOptions) => Promise<JsonObject>
  readonly get: (namespace: string, kind: string, name: string) => Promise<JsonObject>
  readonly list: (namespace: string, kind: string) => Promise<readonly JsonObject[]>
  readonly replace: (namespace: string, object: JsonObject, options?: WriteOptions) => Promise<JsonObject>
  readonly patch: (
    namespace: string,
    kind: string,
    name: string,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions,
  ) => Promise<JsonObject>
  /** Server-side apply. */
  readonly apply: (namespace: string, object: JsonObject, fieldManager: string) => Promise<JsonObject>
  readonly remove: (namespace: string, kind: string, name: string) => Promise<JsonObject>
  /** The workload once its controller has seen it as it is now. */
  readonly observed: (namespace: string, kind: string, name: string) => Promise<JsonObject>
  /** Every workload of the kind once its controller has seen it as it is now. */
  readonly allObserved: (namespace: string, kind: string) => Promise<readonly JsonObject[]>
}

/** Over one control plane's connection. */
export function createApi(plane: ControlPlane): Api {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<JsonObject> => {
    const answer = await plane.request<JsonObject>(method, path, body, type)
    if (answer.status < 400) return answer.body
    throw new Error(`${method} ${path}: ${stringAt(answer.body, 'message') ?? answer.status}`)
  }
  const list: Api['list'] = async (namespace, kind) =>
    listAt(await send('GET', pathOf(namespace, kind)), 'items')
      .filter(isObject)
      .map(item => Object.assign(apiOf(kind), item))
  const patch: Api['patch'] = (namespace, kind, name, type, body, options) =>
    send('PATCH', pathOf(namespace, kind, name, options), body, contentType(type))
  const allObserved: Api['allObserved'] = (namespace, kind) =>
    poll(`the ${kind}s of ${namespace} are observed`, CONTROLLER_TIMEOUT_MS, async () => {
      const items = await list(namespace, kind)
      return items.every(isObserved) ? items : undefined
    })
  return {
    createNamespace: async (name, labels = {}) =>
      void (await send('POST', '/api/v1/namespaces', { metadata: { name, labels } })),
    create: (namespace, object, options) =>
      send('POST', pathOf(namespace, kindOf(object), undefined, options), object),
    get: (namespace, kind, name) => send('GET', pathOf(namespace, kind, name)),
    list,
    replace: (namespace, object, options) =>
      send('PUT', pathOf(namespace, kindOf(object), nameOf(object), options), object),
    patch,
    apply: (namespace, object, fieldManager) =>
      patch(namespace, kindOf(object), nameOf(object), 'apply-patch', object, {
        query: { fieldManager, force: 'true' },
      }),
    remove: (namespace, kind, name) => send('DELETE', pathOf(namespace, kind, name)),
    observed: (namespace, kind, name) =>
      poll(`${kind} ${namespace}/${name} is observed`, CONTROLLER_TIMEOUT_MS, async () => {
        const object = await send('GET', pathOf(namespace, kind, name))
        return isObserved(object) ? object : undefined
      }),
    allObserved,
  }
}

export function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'name') ?? ''
}

export function kindOf(object: JsonObject): string {
  return stringAt(object, 'kind') ?? ''
}

function pathOf(
  namespace: string,
  kind: string,
  name?: string,
  { dryRun = false, query = {} }: WriteOptions = {},
): string {
  const [group = '', version = '', resource = ''] = (COLLECTIONS[kind] ?? `unknown kind ${kind}`).split('/')
  const api = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const path = `${api}/namespaces/${namespace}/${resource}${name === undefined ? '' : `/${name}`}`
  const search = new URLSearchParams({ ...query, ...(dryRun && { dryRun: 'All' }) })
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

function apiOf(kind: string): JsonObject {
  const [group = '', version = ''] = (COLLECTIONS[kind] ?? '').split('/')
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind }
}

function contentType(type: PatchType): string {
  return type === 'apply-patch' ? 'application/apply-patch+yaml' : `application/${type}+json`
}

function isObserved(object: JsonObject): boolean {
  return objectAt(object, 'status')['observedGeneration'] === objectAt(object, 'metadata')['generation']
}
