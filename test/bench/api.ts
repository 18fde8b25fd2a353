// The API server to which `serve` registers during the benchmark: it keeps what it is given and knows nothing else.
// None of it is on the path of a review.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { makeApi } from '../kube/make-api.ts'

export interface BenchmarkApi {
  readonly kubeconfig: string
  /** What was stored last under an object's path. */
  readonly stored: (path: string) => JsonObject
  stop(): Promise<void>
}

/** A cluster with Karpenter and without nodes. */
const SERVED: Readonly<Record<string, JsonObject>> = {
  '/apis/karpenter.sh/v1': { kind: 'APIResourceList', resources: [{ name: 'nodeclaims' }] },
}
const EMPTY_LIST: JsonObject = { kind: 'List', apiVersion: 'v1', items: [] }
const NOT_FOUND: JsonObject = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'NotFound',
  code: 404,
}

/** Starts it on loopback. */
export async function startApi(): Promise<BenchmarkApi> {
  const objects = new Map<string, JsonObject>(Object.entries(SERVED))
  const api = await makeApi((request, response) => void answer(request, response, objects))
  return {
    kubeconfig: api.kubeconfig,
    stored: path => objects.get(path) ?? {},
    stop: () => api.stop(),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  objects: Map<string, JsonObject>,
): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?', 1)
  const found =
    request.method === 'GET' ? read(path, objects) : store(path, await body(request), request, objects)
  response.writeHead(found === NOT_FOUND ? 404 : 200, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(found))
}

/** Only Secrets are asked for by name before they are made; everything else is a list. */
function read(path: string, objects: ReadonlyMap<string, JsonObject>): JsonObject {
  return objects.get(path) ?? (path.includes('/secrets/') ? NOT_FOUND : EMPTY_LIST)
}

function store(
  path: string,
  object: JsonObject,
  { method }: IncomingMessage,
  objects: Map<string, JsonObject>,
): JsonObject {
  const name = stringAt(objectAt(object, 'metadata'), 'name') ?? ''
  objects.set(method === 'POST' ? `${path}/${name}` : path, object)
  return object
}

async function body(request: IncomingMessage): Promise<JsonObject> {
  return (await json(request)) as JsonObject
}
