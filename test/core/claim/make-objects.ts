// Raw objects as the API server sends them, for what projections read.
import type { Json, JsonObject } from '../../../src/core/api/json.ts'

const CREATED = '2026-11-22T10:00:00Z'

/** metadata of an object that the API server has stored. */
export function makeMetadata(name: string, changes: JsonObject = {}): JsonObject {
  return {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: '42',
    creationTimestamp: CREATED,
    ...changes,
  }
}

/** An owner reference with `controller: true`. */
export function makeController(kind: string, name: string): JsonObject {
  return { apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true, blockOwnerDeletion: true }
}

/** A container with these requests. */
export function makeContainer(name: string, requests: JsonObject, more: JsonObject = {}): JsonObject {
  return { name, image: 'example.com/x', resources: { requests }, ...more }
}

export interface RawPod {
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

/** A pod on node `node-1` with one container. */
export function makeRawPod(name: string, { metadata, spec, status }: RawPod = {}): JsonObject {
  const containers: Json = [makeContainer('main', { cpu: '100m', memory: '1Gi' })]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: makeMetadata(name, metadata),
    spec: { nodeName: 'node-1', containers, ...spec },
    status: { phase: 'Running', ...status },
  }
}
