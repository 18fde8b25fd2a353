// An API server in memory, as small as these tests need it, with the real one's ways where it matters: one sequence of
// versions, uids, 404, 409 by name, precondition and patch test. Failures travel through src/kube's own translation.
import jsonpatch from 'jsonpatch'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import type { ClusterClient, ObjectName, ResourcePath } from '../../src/core/ports.ts'
import { translateFailure, translateResponse } from '../../src/kube/errors.ts'

export interface MemoryApi {
  readonly client: ClusterClient
  /** Writes as somebody else does; the object as it then is. */
  readonly put: (resource: string, object: JsonObject) => JsonObject
  /** Ends it as somebody else does. */
  readonly drop: (resource: string, name: string, namespace?: string) => void
  readonly get: (resource: string, name: string, namespace?: string) => JsonObject | undefined
  readonly list: (resource: string) => readonly JsonObject[]
  /** Calls of the client so far: `create nodeclaims kn1`. */
  readonly calls: string[]
  /** Before the call that begins like this is executed. */
  readonly before: (call: string, act: () => void) => void
  /** The next call that begins like this is executed, and its answer is lost. */
  readonly loseAnswer: (call: string) => void
}

/** Nothing in it yet. */
export function makeMemoryApi(): MemoryApi {
  const objects = new Map<string, JsonObject>()
  const calls: string[] = []
  const acts = new Map<string, () => void>()
  const lost = new Set<string>()
  let version = 10

  const stored = (key: string, object: JsonObject, uid: string): JsonObject => {
    const metadata = { ...objectAt(object, 'metadata'), uid, resourceVersion: String(++version) }
    const made = { ...object, metadata: { creationTimestamp: '2026-11-22T10:00:00Z', ...metadata } }
    objects.set(key, made)
    return made
  }
  const put: MemoryApi['put'] = (resource, object) => {
    const metadata = objectAt(object, 'metadata')
    const key = keyOf(resource, stringAt(metadata, 'namespace'), stringAt(metadata, 'name') ?? '')
    const uid = stringAt(objectAt(objects.get(key), 'metadata'), 'uid') ?? `uid-${version}`
    return stored(key, object, stringAt(metadata, 'uid') ?? uid)
  }
  const existing = (path: ResourcePath, { namespace, name }: ObjectName) => {
    const key = keyOf(path.resource, namespace, name)
    const object = objects.get(key)
    if (object === undefined) throw refusal(404, 'NotFound', `${path.resource} "${name}" not found`)
    return { key, object, uid: stringAt(objectAt(object, 'metadata'), 'uid') ?? '' }
  }
  const call = async <T>(text: string, execute: () => T): Promise<T> => {
    calls.push(text)
    for (const [start, act] of acts) {
      if (!text.startsWith(start)) continue
      acts.delete(start)
      act()
    }
    const answer = execute()
    for (const start of lost) {
      if (!text.startsWith(start)) continue
      lost.delete(start)
      throw translateFailure(text, new Error('socket hang up'))
    }
    return answer
  }
  const remove = (
    path: ResourcePath,
    name: ObjectName,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
  ): JsonObject => {
    const { key, object, uid } = existing(path, name)
    const { resourceVersion } = objectAt(object, 'metadata')
    if (uid !== preconditions.uid || (preconditions.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw refusal(409, 'Conflict', `the preconditions do not hold for ${name.name}`)
    objects.delete(key)
    return { kind: 'Status', status: 'Success' }
  }
  const client: ClusterClient = {
    create: (path, namespace, object) =>
      call(`create ${path.resource} ${stringAt(objectAt(object, 'metadata'), 'name')}`, () => {
        const name = stringAt(objectAt(object, 'metadata'), 'name') ?? ''
        const key = keyOf(path.resource, namespace, name)
        if (objects.has(key)) throw refusal(409, 'AlreadyExists', `${path.resource} "${name}" already exists`)
        return stored(key, object, `uid-${version}`)
      }),
    patch: (path, name, type, body) =>
      call(`patch ${path.resource} ${name.name}`, () => {
        const { key, object, uid } = existing(path, name)
        const wantedUid = isObject(body) ? stringAt(objectAt(body, 'metadata'), 'uid') : undefined
        if (wantedUid !== undefined && wantedUid !== uid)
          throw refusal(409, 'Conflict', 'the UID in the precondition does not match')
        if (type === 'json-patch') return stored(key, applied(object, body), uid)
        return stored(key, merged(object, body, type === 'strategic-merge-patch'), uid)
      }),
    delete: (path, name, preconditions) =>
      call(`delete ${path.resource} ${name.name}`, () => remove(path, name, preconditions)),
    evict: (pod, uid) => call(`evict pods ${pod.name}`, () => remove(PODS, pod, { uid })),
    list: (path, query) =>
      call(`list ${path.resource}`, () => {
        const [, nodeName] = /^spec\.nodeName=(.+)$/.exec(query['fieldSelector'] ?? '') ?? []
        const isWanted = (object: JsonObject) =>
          nodeName === undefined || objectAt(object, 'spec')['nodeName'] === nodeName
        return listOf(objects, path.resource).filter(isWanted)
      }),
    get: (path, name) => call(`get ${path.resource} ${name.name}`, () => existing(path, name).object),
  }
  return {
    client,
    put,
    calls,
    drop: (resource, name, namespace) => void objects.delete(keyOf(resource, namespace, name)),
    get: (resource, name, namespace) => objects.get(keyOf(resource, namespace, name)),
    list: resource => listOf(objects, resource),
    before: (start, act) => void acts.set(start, act),
    loseAnswer: start => void lost.add(start),
  }
}

const PODS: ResourcePath = { base: '/api/v1', resource: 'pods' }

function keyOf(resource: string, namespace: string | undefined, name: string): string {
  return `${resource}/${namespace ?? ''}/${name}`
}

function listOf(objects: ReadonlyMap<string, JsonObject>, resource: string): readonly JsonObject[] {
  return [...objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object)
}

/** By the `jsonpatch` package; a `test` that fails is 422 with empty details, as the API server answers. */
function applied(object: JsonObject, operations: JsonObject | readonly JsonObject[]): JsonObject {
  try {
    return jsonpatch.apply_patch(structuredClone(object), structuredClone(operations) as unknown[])
  } catch (error) {
    throw refusal(422, 'Invalid', error instanceof Error ? error.message : String(error), {})
  }
}

/** RFC 7386; strategic: conditions are merged by their type. */
function merged(
  target: Json | undefined,
  patch: Json | readonly JsonObject[],
  isStrategic = false,
): JsonObject {
  const result: Record<string, Json | undefined> = { ...(isObject(target) ? target : {}) }
  for (const [name, value] of Object.entries(isObject(patch) ? patch : {})) {
    if (value === null) delete result[name]
    else if (isStrategic && name === 'conditions') result[name] = mergedByType(listAt(result, name), value)
    else if (value !== undefined)
      result[name] = isObject(value) ? merged(result[name], value, isStrategic) : value
  }
  return result
}

function mergedByType(target: readonly Json[], patch: Json | undefined): readonly Json[] {
  const entries = [target, Array.isArray(patch) ? patch : []].flat().filter(isObject)
  const byType = Map.groupBy(entries, ({ type }) => type)
  return [...byType.values()].map(
    ([first = {}, ...later]) => Object.assign({}, first, ...later) as JsonObject,
  )
}

function refusal(status: number, reason: string, message: string, details?: JsonObject): Error {
  const body = JSON.stringify({ kind: 'Status', reason, message, ...(details && { details }) })
  return translateResponse('a request', { status, body })
}
