// Pipeline: policy. Which policies apply in which namespace, out of what is told of both. Answers the same object as long as
// nothing changed for a namespace, so that what was decided by it may be remembered by it.
import type { Labels } from './label-selector.ts'
import {
  matchesNamespace,
  NO_POLICIES,
  selectPolicies,
  type NamespacePolicies,
} from './namespace-policies.ts'
import type { PresetPolicy } from './preset-policy.ts'

/** Told of policies and namespaces, asked for what applies. */
export interface PolicyIndex {
  /** Undefined: it is gone. */
  setPolicy(uid: string, policy: PresetPolicy | undefined): void
  /** Undefined: it is gone. */
  setNamespace(name: string, labels: Labels | undefined): void
  /** Undefined: some policy selects by labels, and the namespace is not known. */
  policiesOf(namespace: string): NamespacePolicies | undefined
  /** Namespaces that the policy selects; all that are known where it selects none. */
  namespacesOf(policy: PresetPolicy): readonly string[]
  readonly policies: ReadonlyMap<string, PresetPolicy>
}

interface Remembered {
  /** How often the policies had changed when it was looked at. */
  readonly at: number
  readonly found: NamespacePolicies
}

/** Where no namespace need be known: no namespace has this name. */
const ANY = ''
/** Of what must be looked at again. */
const NEVER = -1

/** Empty. */
export function createPolicyIndex(): PolicyIndex {
  const policies = new Map<string, PresetPolicy>()
  const namespaces = new Map<string, Labels>()
  const remembered = new Map<string, Remembered>()
  let changes = 0
  let selects = false
  const find = (name: string, labels: Labels): NamespacePolicies => {
    const before = remembered.get(name)
    if (before?.at === changes) return before.found
    const now = selectPolicies([...policies.values()], labels)
    const found = before?.found.key === now.key ? before.found : now
    remembered.set(name, { at: changes, found })
    return found
  }
  return {
    policies,
    setPolicy(uid, policy) {
      if (policy === undefined) policies.delete(uid)
      else policies.set(uid, policy)
      selects = [...policies.values()].some(({ namespaceSelector }) => namespaceSelector !== undefined)
      changes += 1
    },
    setNamespace(name, labels) {
      if (labels === undefined) {
        namespaces.delete(name)
        remembered.delete(name)
        return
      }
      namespaces.set(name, labels)
      const before = remembered.get(name)
      if (before !== undefined) remembered.set(name, { ...before, at: NEVER })
    },
    policiesOf(namespace) {
      if (policies.size === 0) return NO_POLICIES
      if (!selects) return find(ANY, {})
      const labels = namespaces.get(namespace)
      return labels === undefined ? undefined : find(namespace, labels)
    },
    namespacesOf: policy =>
      [...namespaces].filter(([, labels]) => matchesNamespace(policy, labels)).map(([name]) => name),
  }
}
