// Pipeline: cli. The policies that admission reads from memory, by watches of PresetPolicies and of namespaces. Admission
// does not begin before both are listed: what nobody has read must not count as absent. No CRD: no policies.
import { setTimeout as sleepFor } from 'node:timers/promises'
import { createCache } from '../controller/cache.ts'
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import { textMapAt } from '../core/claim/project-metadata.ts'
import type { Labels } from '../core/policy/label-selector.ts'
import { projectPolicy, type ObservedPolicy } from '../core/policy/observed-policy.ts'
import type { PolicyFacts } from '../core/policy/policy-facts.ts'
import { createPolicyIndex, type PolicyIndex } from '../core/policy/policy-index.ts'
import type { WatchTarget } from '../core/ports.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { NAMESPACES, POLICIES } from '../core/resource-paths.ts'
import { watchResource, type WatchObserver } from '../kube/watch.ts'
import { messageOf, quietWatchObserver } from './quiet-watch-observer.ts'
import { ADMISSION_PARTS, type Shell } from './serve-parts.ts'
import { watchUsage } from './serve-usage.ts'

/** What admission asks about policy. */
export interface PolicyWatch {
  /** Always the same object. */
  readonly facts: PolicyFacts
  /** Resolves when everything that can decide is known; never rejects. */
  readonly synced: Promise<void>
  /** Undefined: the namespace is known, or need not be. Else resolves when it is, or after a while. */
  untilKnown(namespace: string): Promise<void> | undefined
}

/** A namespace that was made a moment ago is told of within milliseconds; the webhook's own deadline is 3 s. */
const UNKNOWN_NAMESPACE_MS = 1_000
/** The CRD may be installed after us. */
export const POLICIES_NOT_SERVED_MS = 3_000

/** Watches until the shell stops. */
export function watchPolicies(shell: Shell, catalogue: () => Catalogue): PolicyWatch {
  const index = createPolicyIndex()
  const arrivals = createArrivals()
  const observer = createObserver(shell)
  const usage = watchUsage(shell, catalogue, observer)
  const policies = createCache<ObservedPolicy>({
    project: projectPolicy,
    onChange(uid, before, now) {
      index.setPolicy(uid, now?.policy)
      tell(shell, before, now)
      shell.metrics.policiesKnown([...index.policies.values()].map(({ enforcement }) => enforcement))
      if (hasLimits(now)) usage.begin()
    },
  })
  const namespaces = createNamespaceCache(index, name => arrivals.arrived(name))
  const watch = (target: WatchTarget, handler: typeof policies.handler) =>
    watchResource(shell.client, target, handler, {
      signal: shell.stop,
      notServedDelayMs: POLICIES_NOT_SERVED_MS,
      observer,
    }).synced
  const listed = Promise.all([
    watch({ path: POLICIES }, policies.handler),
    watch({ path: NAMESPACES }, namespaces.handler),
  ])
  return {
    facts: { policiesOf: namespace => index.policiesOf(namespace), ...usage.facts },
    synced: listed.then(async () => {
      await usage.synced()
      shell.readiness.set('policies', undefined)
    }),
    untilKnown: namespace =>
      // The self-check's workload is in none.
      namespace !== '' && index.policiesOf(namespace) === undefined ? arrivals.arrival(namespace) : undefined,
  }
}

function hasLimits(observed: ObservedPolicy | undefined): boolean {
  return observed !== undefined && Object.keys(observed.policy.limits).length > 0
}

/** What a policy team must hear of: one that refuses everything because it cannot be read. */
function tell({ log }: Shell, before: ObservedPolicy | undefined, now: ObservedPolicy | undefined): void {
  if (before?.generation === now?.generation) return
  const policy = now?.name ?? before?.name
  if (now === undefined) log.info({ policy }, 'a policy is gone')
  else if (now.mistakes.length > 0)
    log.error({ policy, reason: now.policy.message }, 'a policy has mistakes and refuses everything')
  else log.info({ policy, enforcement: now.policy.enforcement }, 'a policy is in force')
}

/** What keeps admission from being ready stands in /readyz too. */
function createObserver({ log, readiness }: Shell): WatchObserver {
  const observer = quietWatchObserver(log)
  return {
    ...observer,
    onFailure(target, error, delayMs) {
      observer.onFailure(target, error, delayMs)
      if (readiness.isMissing('policies'))
        readiness.set('policies', `${ADMISSION_PARTS.policies}: ${messageOf(error)}`)
    },
  }
}

interface ObservedNamespace {
  readonly uid: string
  readonly resourceVersion: string
  readonly name: string
  readonly labels: Labels
}

function createNamespaceCache(index: PolicyIndex, onArrival: (name: string) => void) {
  const cache = createCache<ObservedNamespace>({
    project: projectNamespace,
    onChange(_uid, before, now) {
      const name = (now ?? before)?.name ?? ''
      if (JSON.stringify(before?.labels) === JSON.stringify(now?.labels)) return
      // After a relist the old one goes when its namesake is there already.
      const current = now ?? [...cache.objects.values()].find(one => one.name === name)
      index.setNamespace(name, current?.labels)
      if (current !== undefined) onArrival(name)
    },
  })
  return cache
}

function projectNamespace(raw: JsonObject): ObservedNamespace | undefined {
  const metadata = objectAt(raw, 'metadata')
  const [uid, name] = [stringAt(metadata, 'uid'), stringAt(metadata, 'name')]
  if (uid === undefined || name === undefined) return undefined
  const resourceVersion = stringAt(metadata, 'resourceVersion') ?? ''
  return { uid, resourceVersion, name, labels: textMapAt(metadata, 'labels') }
}

/** Who waits for news of which namespace. */
function createArrivals() {
  const waiting = new Map<string, Set<() => void>>()
  return {
    arrived(name: string): void {
      for (const resume of waiting.get(name) ?? []) resume()
      waiting.delete(name)
    },
    async arrival(name: string): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      const others = waiting.get(name) ?? new Set()
      waiting.set(name, others.add(resolve))
      const late = new AbortController()
      await Promise.race([promise, sleepFor(UNKNOWN_NAMESPACE_MS, undefined, late).catch(() => undefined)])
      late.abort()
      others.delete(resolve)
      if (others.size === 0) waiting.delete(name)
    },
  }
}
