// Pipeline: kube. The Lease as a lock: one attempt to take or renew it, and its release. Whether another holder still lives
// is judged by how long its record has not changed in our own eyes; the clocks of two machines are never compared
// (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection, whose fields and times these are).
import { canonicalJson, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { Clock } from '../core/ports.ts'
import type { KubeClient } from './client.ts'
import { isConflict, isNotFound } from './errors.ts'

/** Which Lease, and for whom. */
export interface LeaseLockOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** Of this process, and of no other one ever. */
  readonly identity: string
  /** How long the others must see no change before one of them may take it. */
  readonly leaseDurationMs: number
  /** Only for the times that people read in the Lease. */
  readonly clock: Clock
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsedMs: () => number
}

/** A lock that lasts only as long as it is renewed. */
export interface LeaseLock {
  /** Whether it is ours now. Rejects where the API server gives no answer: then nobody knows. */
  tryAcquireOrRenew(): Promise<boolean>
  /** Lets the next one take it at once; does nothing where it is not ours. */
  release(): Promise<void>
  /** Who holds it, as last seen; undefined: nobody, or unknown. */
  holder(): string | undefined
}

/** Nothing is known of the Lease yet. */
export function createLeaseLock(options: LeaseLockOptions): LeaseLock {
  const sight: Sight = { lease: undefined, record: '', sinceMs: 0 }
  return {
    tryAcquireOrRenew: () => tryOnce(options, sight),
    async release() {
      const { lease } = sight
      if (lease === undefined || holderOf(lease) !== options.identity) return
      await writeLease(options, sight, leaseWith(lease, releasedSpec(options)))
    },
    holder: () => holderOf(sight.lease),
  }
}

/** What we have seen of it. */
interface Sight {
  lease: JsonObject | undefined
  /** Its spec as text, and since when it has looked like this. */
  record: string
  sinceMs: number
}

async function tryOnce(options: LeaseLockOptions, sight: Sight): Promise<boolean> {
  const { lease: known } = sight
  // A holder need not look before it renews: the resourceVersion does that. Where it has changed (by our own request whose
  // answer was lost), a look tells at once; a whole retryPeriod later could be too late.
  if (
    known !== undefined &&
    holderOf(known) === options.identity &&
    (await holdLease(options, sight, known))
  ) {
    return true
  }
  const lease = await readLease(options, sight)
  if (lease === undefined) return await createLease(options, sight)
  if (isHeldByOther(options, sight, lease)) return false
  return await holdLease(options, sight, lease)
}

function holdLease(options: LeaseLockOptions, sight: Sight, lease: JsonObject): Promise<boolean> {
  return writeLease(options, sight, leaseWith(lease, heldSpec(options, objectAt(lease, 'spec'))))
}

async function readLease(options: LeaseLockOptions, sight: Sight): Promise<JsonObject | undefined> {
  try {
    const lease = await options.client.request({ method: 'GET', path: leasePath(options) })
    see(options, sight, lease)
    return lease
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function createLease(options: LeaseLockOptions, sight: Sight): Promise<boolean> {
  const { name, namespace } = options
  const metadata = { name, namespace, labels: { 'app.kubernetes.io/name': name } }
  const spec = heldSpec(options, {})
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
  return await sendLease(options, sight, 'POST', leasesPath(options), body)
}

function writeLease(options: LeaseLockOptions, sight: Sight, lease: JsonObject): Promise<boolean> {
  return sendLease(options, sight, 'PUT', leasePath(options), lease)
}

/** False where somebody wrote in between, or deleted it: then the next attempt looks first. */
async function sendLease(
  { client, ...options }: LeaseLockOptions,
  sight: Sight,
  method: 'POST' | 'PUT',
  path: string,
  body: JsonObject,
): Promise<boolean> {
  try {
    see(options, sight, await client.request({ method, path, body }))
    return true
  } catch (error) {
    sight.lease = undefined
    if (isConflict(error) || (method === 'PUT' && isNotFound(error))) return false
    throw error
  }
}

function see({ elapsedMs }: Pick<LeaseLockOptions, 'elapsedMs'>, sight: Sight, lease: JsonObject): void {
  const record = canonicalJson(objectAt(lease, 'spec'))
  if (record !== sight.record) sight.sinceMs = elapsedMs()
  sight.record = record
  sight.lease = lease
}

/** The holder itself says for how long it must be believed. */
function isHeldByOther(options: LeaseLockOptions, { sinceMs }: Sight, lease: JsonObject): boolean {
  const holder = holderOf(lease)
  if (holder === undefined || holder === options.identity) return false
  const seconds = objectAt(lease, 'spec')['leaseDurationSeconds']
  const durationMs = typeof seconds === 'number' ? seconds * 1000 : options.leaseDurationMs
  return options.elapsedMs() < sinceMs + durationMs
}

function heldSpec({ identity, leaseDurationMs, clock }: LeaseLockOptions, before: JsonObject): JsonObject {
  const now = microTime(clock.now())
  const isOurs = before['holderIdentity'] === identity
  const transitions = Number(before['leaseTransitions'] ?? -1)
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
    acquireTime: (isOurs ? before['acquireTime'] : undefined) ?? now,
    renewTime: now,
    leaseTransitions: isOurs ? transitions : transitions + 1,
  }
}

/** Nobody's, and a duration that does not hold up those who look at nothing but the times. */
function releasedSpec({ clock }: LeaseLockOptions): JsonObject {
  const now = microTime(clock.now())
  return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
}

/** Everything else of the Lease stays, its resourceVersion too: a write of somebody else in between is a conflict. */
function leaseWith(lease: JsonObject, spec: JsonObject): JsonObject {
  return { ...lease, spec: { ...objectAt(lease, 'spec'), ...spec } }
}

function holderOf(lease: JsonObject | undefined): string | undefined {
  return stringAt(objectAt(lease, 'spec'), 'holderIdentity')
}

/** RFC 3339 with six digits, which is the only form that a MicroTime has. */
function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z')
}

function leasesPath({ namespace }: Pick<LeaseLockOptions, 'namespace'>): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
}

function leasePath(options: Pick<LeaseLockOptions, 'namespace' | 'name'>): string {
  return `${leasesPath(options)}/${options.name}`
}
