// Policies for tests: manifests → what admission knows, by the product's own parser and selection.
import assert from 'node:assert/strict'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import type { Labels } from '../../../src/core/policy/label-selector.ts'
import { selectPolicies } from '../../../src/core/policy/namespace-policies.ts'
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts'
import { NO_USAGE, type PolicyFacts, type Usage } from '../../../src/core/policy/policy-facts.ts'
import type { PresetPolicy } from '../../../src/core/policy/preset-policy.ts'
import { CONTEXT } from '../admit/admission.ts'

export function parsed(manifest: JsonObject): PresetPolicy {
  const result = parsePolicy(manifest)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

export interface Surroundings {
  readonly labels?: Labels
  readonly usage?: Usage
  readonly maxReplicas?: number
  readonly base?: AdmissionContext
}

/** Admission where every namespace has these labels, usage and policies. */
export function under(policies: readonly JsonObject[], surroundings: Surroundings = {}): AdmissionContext {
  const { labels = {}, usage = NO_USAGE, maxReplicas, base = CONTEXT } = surroundings
  const selected = selectPolicies(policies.map(parsed), labels)
  const policy: PolicyFacts = {
    policiesOf: () => selected,
    usageBeside: () => usage,
    maxReplicasOf: () => maxReplicas,
  }
  return { ...base, policy }
}
