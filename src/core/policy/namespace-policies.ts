// Pipeline: policy. The policies of one namespace: all that select it apply, and the strictest wins.
import { compareText } from '../api/compare-text.ts'
import { matchesLabels, type Labels } from './label-selector.ts'
import type { Mirror } from '../api/mirrors.ts'
import type { PresetPolicy } from './preset-policy.ts'

/** In the order of their names. */
export interface NamespacePolicies {
  readonly policies: readonly PresetPolicy[]
  /** The same for equal policies; empty where there are none. What is remembered of a decision is remembered by it. */
  readonly key: string
}

export const NO_POLICIES: NamespacePolicies = { policies: [], key: '' }

/** True where the policy applies to a namespace with these labels. */
export function matchesNamespace({ namespaceSelector }: PresetPolicy, labels: Labels): boolean {
  return namespaceSelector === undefined || matchesLabels(namespaceSelector, labels)
}

/** Those of `all` that select a namespace with these labels. */
export function selectPolicies(all: readonly PresetPolicy[], labels: Labels): NamespacePolicies {
  const policies = all
    .filter(policy => matchesNamespace(policy, labels))
    .toSorted((left, right) => compareText(left.name, right.name))
  return policies.length === 0 ? NO_POLICIES : { policies, key: JSON.stringify(policies) }
}

/** All mirrors, whatever the enforcement: they refuse nothing. Of two for the same registry the first policy's counts. */
export function mirrorsOf({ policies }: NamespacePolicies): readonly Mirror[] {
  const mirrors = new Map<string, Mirror>()
  for (const mirror of policies.flatMap(policy => policy.mirrors))
    if (!mirrors.has(mirror.from)) mirrors.set(mirror.from, mirror)
  return [...mirrors.values()]
}
