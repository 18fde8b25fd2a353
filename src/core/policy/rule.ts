// Pipeline: policy. What a rule is: one field of a policy against one decision. Pure, and told the usage, not asking for it.
import type { Finding, Judged } from './judged.ts'
import type { Usage } from './policy-facts.ts'
import type { PresetPolicy } from './preset-policy.ts'

export type Rule = (judged: Judged, policy: PresetPolicy, usage: Usage) => readonly Finding[]
