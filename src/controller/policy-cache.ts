// Shell: controller. PresetPolicies and the labels of namespaces, and which apply where. Admission has one of its own, in
// its own thread.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import { textMapAt } from '../core/claim/project-metadata.ts'
import type { Labels } from '../core/policy/label-selector.ts'
import { projectPolicy, type ObservedPolicy } from '../core/policy/observed-policy.ts'
import { createPolicyIndex, type PolicyIndex } from '../core/policy/policy-index.ts'
import { NAMESPACES, POLICIES } from '../core/resource-paths.ts'
import { createCache, type Cache } from './cache.ts'
import type { Feed } from './cluster-cache.ts'

/** Fed by two watches. */
export interface PolicyCache {
  readonly index: PolicyIndex
  readonly feeds: readonly (Feed & { readonly notServedDelayMs: number })[]
  readonly policies: Cache<ObservedPolicy>
}

/** Told what has changed, after the index knows. */
export interface PolicyListener {
  onPolicy(before: ObservedPolicy | undefined, now: ObservedPolicy | undefined): void
  /** It is new, or has other labels. */
  onNamespace(name: string): void
}

/** The CRD may be installed after us. */
const NOT_SERVED_MS = 3_000

/** `onChange` is called whenever something might be decided otherwise; a policy's status is no such thing. */
export function createPolicyCache(onChange: () => void, listener?: PolicyListener): PolicyCache {
  const index = createPolicyIndex()
  const policies = createCache<ObservedPolicy>({
    project: projectPolicy,
    onChange(uid, before, now) {
      const isSame = before !== undefined && before.generation === now?.generation
      if (!isSame) index.setPolicy(uid, now?.policy)
      listener?.onPolicy(before, now)
      if (!isSame) onChange()
    },
  })
  const namespaces = createNamespaces(index, name => {
    listener?.onNamespace(name)
    onChange()
  })
  const feed = { notServedDelayMs: NOT_SERVED_MS }
  return {
    index,
    policies,
    feeds: [
      { ...feed, target: { path: POLICIES }, handler: policies.handler },
      { ...feed, target: { path: NAMESPACES }, handler: namespaces.handler },
    ],
  }
}

interface ObservedNamespace {
  readonly uid: string
  readonly resourceVersion: string
  readonly name: string
  readonly labels: Labels
}

function createNamespaces(index: PolicyIndex, onChange: (name: string) => void): Cache<ObservedNamespace> {
  const cache = createCache<ObservedNamespace>({
    project: projectNamespace,
    onChange(_uid, before, now) {
      const name = (now ?? before)?.name ?? ''
      if (JSON.stringify(before?.labels) === JSON.stringify(now?.labels)) return
      // After a relist the old one goes when its namesake is there already.
      const current = now ?? [...cache.objects.values()].find(one => one.name === name)
      index.setNamespace(name, current?.labels)
      onChange(name)
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
