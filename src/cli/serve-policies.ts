// Pipeline: cli. The policies that admission reads from memory, by watches of PresetPolicies and of namespaces. Admission
// does not begin before both are listed: what nobody has read must not count as absent. No CRD: no policies.
import { setTimeout as sleepFor } from 'node:timers/promises'
import { createPolicyCache } from '../controller/policy-cache.ts'
import type { ObservedPolicy } from '../core/policy/observed-policy.ts'
import type { PolicyFacts } from '../core/policy/policy-facts.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { watchResource, type WatchObserver } from '../kube/watch.ts'
import { messageOf } from './message-of.ts'
import { quietWatchObserver } from './quiet-watch-observer.ts'
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

/** Watches until the shell stops. */
export function watchPolicies(shell: Shell, catalogue: () => Catalogue): PolicyWatch {
  const arrivals = createArrivals()
  const observer = createObserver(shell)
  const usage = watchUsage(shell, catalogue, observer)
  const { index, feeds } = createPolicyCache(() => undefined, {
    onPolicy(before, now) {
      tell(shell, before, now)
      shell.metrics.policiesKnown([...index.policies.values()].map(({ enforcement }) => enforcement))
      if (hasLimits(now)) usage.begin()
    },
    onNamespace: name => arrivals.arrived(name),
  })
  const listed = Promise.all(
    feeds.map(({ target, handler, notServedDelayMs }) => {
      const options = { signal: shell.stop, notServedDelayMs, observer }
      return watchResource(shell.client, target, handler, options).synced
    }),
  )
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
