// The writes of the controller, as they look on the wire.
import { isObject, objectAt } from '../../src/core/api/json.ts'
import type { ProxiedRequest } from './api-proxy.ts'

/** Every kind of write that crashes are tried at. */
export const WRITES = [
  'create-claim',
  'bind-pod',
  'patch-status',
  'create-service',
  'mark-idle',
  'delete-claim',
  'lease',
  'event',
] as const
export type Write = (typeof WRITES)[number]

/** By method, path and what must be in the body. */
const PATTERNS: readonly (readonly [Write, method: RegExp, path: RegExp])[] = [
  ['create-claim', /^POST$/, /\/(nodeclaims|machines)$/],
  ['delete-claim', /^DELETE$/, /\/(nodeclaims|machines)\/[^/]+$/],
  ['bind-pod', /^PATCH$/, /\/pods\/[^/]+$/],
  ['patch-status', /^PATCH$/, /\/status$/],
  ['create-service', /^POST$/, /\/services$/],
  ['lease', /^(POST|PUT)$/, /\/leases(\/[^/]+)?$/],
  ['event', /^(POST|PATCH)$/, /\/events(\/[^/]+)?$/],
]

/** Undefined: no write, or one of another kind. */
export function writeOf(request: ProxiedRequest): Write | undefined {
  const { method, path } = request
  if (isMarkIdle(request)) return 'mark-idle'
  return PATTERNS.find(([, methods, paths]) => methods.test(method) && paths.test(path))?.[0]
}

function isMarkIdle({ method, path, body }: ProxiedRequest): boolean {
  if (method !== 'PATCH' || !/\/(nodeclaims|machines)\/[^/]+$/.test(path) || !isObject(body)) return false
  return typeof objectAt(objectAt(body, 'metadata'), 'annotations')['kaito.sh/idle-since'] === 'string'
}
