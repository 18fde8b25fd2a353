// Simulator: the API server's HTTP side, as far as the controller uses it. The same requests can be sent to a real one: that
// is how the calibration tests compare the two.
import {
  canonicalJson,
  isObject,
  objectAt,
  stringAt,
  type Json,
  type JsonObject,
} from '../../../src/core/api/json.ts'
import type { ApiServer, DeleteOptions, Draft, Target } from './api-server.ts'
import { RESOURCES, type AnyObject, type Objects, type Pod, type Resource } from './objects.ts'
import { patched } from './patch.ts'
import { validatePodUpdate } from './pod-rules.ts'
import { matchesFields, matchesLabels } from './selectors.ts'
import { conflict, invalid, notFound, refusedByBudget, statusBody, StatusError } from './status-error.ts'

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Json
  readonly contentType?: string
}

export interface HttpAnswer {
  readonly status: number
  readonly body: JsonObject
}

/** Executes a request; refusals are answers. */
export function handle(api: ApiServer, by: string, request: HttpRequest): HttpAnswer {
  try {
    return execute(api, by, request, parsePath(request.path))
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return { status: error.status, body: statusBody(error) }
  }
}

interface Where extends Target {
  readonly resource: Resource
  readonly subresource: string | undefined
}

const PATH =
  /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/

function parsePath(path: string): Where {
  const { namespace, resource = '', name = '', subresource } = PATH.exec(path)?.groups ?? {}
  const known = RESOURCES.find(one => one === (resource === 'machines' ? 'nodeclaims' : resource))
  if (known === undefined)
    throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  return { resource: known, name, subresource, namespace }
}

function execute(api: ApiServer, by: string, request: HttpRequest, where: Where): HttpAnswer {
  const { method } = request
  if (method === 'GET' && where.name === '') return ok(listObjects(api, request, where))
  if (method === 'GET') return ok(getObject(api, where))
  if (method === 'POST' && where.subresource === 'eviction') return created(evict(api, by, request, where))
  if (method === 'POST') return created(createObject(api, by, request, where))
  if (method === 'PATCH') return ok(patchObject(api, by, request, where))
  if (method === 'DELETE') return ok(raw(api.remove(by, where.resource, where, deleteOptions(request.body))))
  throw new StatusError(405, 'MethodNotAllowed', `the server does not allow this method: ${method}`)
}

function ok(body: JsonObject): HttpAnswer {
  return { status: 200, body }
}

function created(body: JsonObject): HttpAnswer {
  return { status: 201, body }
}

function raw(object: AnyObject): JsonObject {
  return object as unknown as JsonObject
}

function listObjects(
  api: ApiServer,
  { query = {} }: HttpRequest,
  { resource, namespace }: Where,
): JsonObject {
  const items = api
    .all(resource)
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .filter(
      object =>
        matchesLabels(object, query['labelSelector']) && matchesFields(object, query['fieldSelector']),
    )
  return { kind: 'List', metadata: { resourceVersion: String(api.version()) }, items: items.map(raw) }
}

function getObject(api: ApiServer, { resource, ...target }: Where): JsonObject {
  const found = api.find(resource, target)
  if (found === undefined) throw notFound(resource, target.name)
  return raw(found)
}

function createObject(
  api: ApiServer,
  by: string,
  { body }: HttpRequest,
  { resource, namespace }: Where,
): JsonObject {
  if (!isObject(body)) throw new StatusError(400, 'BadRequest', 'an object is expected')
  const metadata = { ...objectAt(body, 'metadata'), ...(namespace !== undefined && { namespace }) }
  const { status: _, ...rest } = body
  const draft = { ...rest, metadata, status: initialStatus(resource, body) }
  return raw(api.create(by, resource, draft as unknown as Draft<Resource>))
}

function initialStatus(resource: Resource, body: JsonObject): JsonObject {
  if (resource === 'nodes') return objectAt(body, 'status')
  return resource === 'pods' ? { phase: 'Pending' } : {}
}

function patchObject(api: ApiServer, by: string, request: HttpRequest, where: Where): JsonObject {
  const { resource, name, subresource } = where
  return raw(
    api.update(by, resource, where, current => {
      const next = patched(raw(current), request.contentType ?? '', request.body ?? null)
      const metadata = objectAt(next, 'metadata')
      if (stringAt(metadata, 'uid') !== current.metadata.uid)
        throw invalid(resource, name, 'metadata.uid: Invalid value: field is immutable')
      if (stringAt(metadata, 'resourceVersion') !== current.metadata.resourceVersion)
        throw conflict(resource, name, 'the object has been modified')
      return settled(resource, current, next, subresource)
    }),
  )
}

/** A patch of `status` changes nothing else, any other patch not the status; what changes nothing is no write. */
function settled<T extends AnyObject>(
  resource: Resource,
  current: T,
  next: JsonObject,
  subresource?: string,
): T {
  const { status = {} } = raw(current)
  const kept: JsonObject =
    subresource === 'status' ? { ...raw(current), status: next['status'] } : { ...next, status }
  if (canonicalJson(kept) === canonicalJson(raw(current))) return current
  const object = kept as unknown as T
  if (resource === 'pods') validatePodUpdate(current as Pod, object as Pod)
  if (resource === 'nodeclaims' && canonicalJson(kept['spec']) !== canonicalJson(raw(current)['spec']))
    throw invalid(resource, current.metadata.name, 'spec is immutable')
  return object
}

function deleteOptions(body: Json | undefined): DeleteOptions {
  const preconditions = isObject(body) ? objectAt(body, 'preconditions') : {}
  const [uid, resourceVersion] = [stringAt(preconditions, 'uid'), stringAt(preconditions, 'resourceVersion')]
  const foreground = isObject(body) && body['propagationPolicy'] === 'Foreground'
  return {
    foreground,
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  }
}

/** Marks the pod as disrupted, then deletes it: pkg/registry/core/pod/storage/eviction.go. */
function evict(api: ApiServer, by: string, { body }: HttpRequest, where: Where): JsonObject {
  const options = deleteOptions(isObject(body) ? objectAt(body, 'deleteOptions') : {})
  const pod: Objects['pods'] | undefined = api.find('pods', where)
  if (pod === undefined) throw notFound('pods', where.name)
  if (options.uid !== undefined && options.uid !== pod.metadata.uid)
    throw conflict('pods', where.name, `Precondition failed: UID in precondition: ${options.uid}`)
  const budget = api.all('poddisruptionbudgets').find(one => isHeldBy(pod, one))
  if (budget !== undefined) throw refusedByBudget(budget.metadata.name)
  evictPod(api, by, pod)
  return { apiVersion: 'v1', kind: 'Status', status: 'Success' }
}

/** What does not run needs no budget: pkg/registry/core/pod/storage/eviction.go, canIgnorePDB. */
function isHeldBy({ metadata, status }: Pod, budget: Objects['poddisruptionbudgets']): boolean {
  const selects = Object.entries(budget.spec.selector.matchLabels).every(
    ([key, value]) => metadata.labels?.[key] === value,
  )
  const runs = status.phase === 'Running' && metadata.deletionTimestamp === undefined
  return runs && selects && metadata.namespace === budget.metadata.namespace
}

/** As the eviction API does. */
export function evictPod(api: ApiServer, by: string, { metadata }: Pod): void {
  api.update(by, 'pods', metadata, pod => ({
    ...pod,
    status: {
      ...pod.status,
      conditions: [
        ...(pod.status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget'),
        { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
      ],
    },
  }))
  api.remove(by, 'pods', metadata)
}
