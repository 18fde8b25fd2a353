// Pipeline: policy. All rules of all policies of a namespace against one decision. What comes out says whose policy it is and
// what follows; on an update only what the stored object did not do already.
import type { PolicyViolation } from '../api/decision.ts'
import type { Finding, Judged } from './judged.ts'
import type { NamespacePolicies } from './namespace-policies.ts'
import type { Usage } from './policy-facts.ts'
import type { PresetPolicy } from './preset-policy.ts'
import type { Rule } from './rule.ts'
import { IDLE_GRACE } from './rules/idle-grace.ts'
import { INSTANCE_TYPES } from './rules/instance-types.ts'
import { PRESETS } from './rules/presets.ts'
import { QUOTAS } from './rules/quotas.ts'
import { REGISTRIES } from './rules/registries.ts'
import { RUNTIMES } from './rules/runtimes.ts'
import { TUNING_HOSTS } from './rules/tuning-hosts.ts'
import { WORKLOAD_GPUS } from './rules/workload-gpus.ts'

/** In the order of the policy's fields. */
const RULES: readonly Rule[] = [
  PRESETS,
  RUNTIMES,
  INSTANCE_TYPES,
  REGISTRIES,
  TUNING_HOSTS,
  WORKLOAD_GPUS,
  QUOTAS,
  IDLE_GRACE,
]

/** Everything that the policies have against it. */
export function judge(
  judged: Judged,
  { policies }: NamespacePolicies,
  usage: Usage,
): readonly PolicyViolation[] {
  return policies.flatMap(policy =>
    RULES.flatMap(rule => rule(judged, policy, usage).map(finding => toViolation(finding, policy))),
  )
}

function toViolation(finding: Finding, policy: PresetPolicy): PolicyViolation {
  const { name, enforcement } = policy
  const detail = withMessage(`policy ${name} ${finding.detail} (${finding.rule})`, policy)
  return { type: 'Forbidden', ...finding, detail, policy: name, enforcement }
}

/** The platform team's own words behind ours. */
export function withMessage(text: string, { message }: Pick<PresetPolicy, 'message'>): string {
  return message === undefined ? text : `${text}; ${message}`
}

/** Those of `now` that were not there before, or that want more than before. */
export function newViolations(
  now: readonly PolicyViolation[],
  before: readonly PolicyViolation[],
): readonly PolicyViolation[] {
  return now.filter(violation => !before.some(older => covers(older, violation)))
}

function covers(older: PolicyViolation, newer: PolicyViolation): boolean {
  if (older.policy !== newer.policy || older.rule !== newer.rule || older.code !== newer.code) return false
  return newer.amount === undefined ? older.value === newer.value : (older.amount ?? 0) >= newer.amount
}
