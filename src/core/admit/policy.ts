// Pipeline: admit. Policies and a decision: which apply, what they have against it, and what follows. On an update only what
// is new counts, so that a policy made today does not hold up the workloads of yesterday.
import type { Decision, PolicyViolation } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import type { JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { parseIntent } from '../intent/intent.ts'
import { judge, newViolations } from '../policy/judge.ts'
import { NO_POLICIES } from '../policy/namespace-policies.ts'
import { annotationsPath } from '../workload/workload.ts'
import type { AdmissionContext } from './context.ts'
import { namespaceOf } from './endpoint.ts'
import { judgedOf, workloadName } from './judged.ts'
import { deny, withWarnings } from './outcome.ts'
import { isAnnotated, takeApart, type Subject } from './subject.ts'
import { understand } from './understand.ts'

/** Why nothing can be decided here yet: what is not known to be allowed is not let through. */
export function unknownPolicyErrors(object: JsonObject, { policy }: AdmissionContext): readonly FieldError[] {
  const namespace = namespaceOf(object)
  if (policy.policiesOf(namespace) !== undefined) return []
  const detail = 'kaito-native does not know yet which policies apply to this namespace: try again'
  return [{ type: 'Forbidden', field: 'metadata.namespace', value: namespace, detail, code: 'PolicyUnknown' }]
}

/** What policies have against a workload and did not have against its stored version; `plan` absent: it is refused anyway. */
export function violationsOf(
  subject: Subject,
  oldObject: JsonObject | undefined,
  context: AdmissionContext,
  plan?: Plan,
): readonly PolicyViolation[] {
  const now = allViolations(subject, context, plan)
  if (now.length === 0 || oldObject === undefined) return now
  const stored = takeApart(subject.kind, { operation: 'UPDATE', object: oldObject })
  if (!isAnnotated(stored)) return now
  return newViolations(now, allViolations(stored, context, planOf(stored)))
}

/** A person should hear at once of what an autoscaler will be refused some day. */
export function autoscalerWarnings(
  subject: Subject,
  context: AdmissionContext,
  plan: Plan,
): readonly string[] {
  const { kind, object } = subject
  if (!hasPolicies(object, context)) return []
  const pods = context.policy.maxReplicasOf(workloadName(kind, object))
  if (pods === undefined) return []
  const beyond = newViolations(
    allViolations(subject, context, plan, pods),
    allViolations(subject, context, plan),
  )
  return beyond
    .filter(({ enforcement }) => enforcement !== 'Audit')
    .map(({ detail }) => `an autoscaler may scale it to ${pods} replicas: ${detail}`)
}

function planOf({ arriving }: Subject): Plan | undefined {
  return arriving === 'invalid' ? undefined : arriving
}

function hasPolicies(object: JsonObject, { policy }: AdmissionContext): boolean {
  return policy.policiesOf(namespaceOf(object)) !== NO_POLICIES
}

/** `pods`: as if it wanted as many. */
function allViolations(
  subject: Subject,
  context: AdmissionContext,
  plan: Plan | undefined,
  pods?: number,
): readonly PolicyViolation[] {
  const { kind, object, annotations } = subject
  const policies = context.policy.policiesOf(namespaceOf(object)) ?? NO_POLICIES
  if (policies === NO_POLICIES) return []
  const understood = understand(subject, context)
  const parsed = parseIntent(annotations, annotationsPath(kind), context.parseYaml)
  const reading = 'errors' in understood ? undefined : understood.reading
  const judged = judgedOf(subject, { parsed, reading, plan, pods }, policies, context.catalogue)
  return judge(judged, policies, context.policy.usageBeside(judged.workload))
}

/** The decision with what follows from these: refused, warned of, or only written down. */
export function withViolations(decision: Decision, violations: readonly PolicyViolation[]): Decision {
  if (violations.length === 0) return decision
  const refused = violations.filter(({ enforcement }) => enforcement === 'Deny')
  const errors = [...(decision.decision === 'Deny' ? decision.errors : []), ...refused]
  if (errors.length > 0) return { ...withWarnings(deny(errors), decision.warnings), violations }
  const warned = violations.filter(({ enforcement }) => enforcement === 'Warn')
  return { ...withWarnings(decision, warned.map(violationWarning)), violations }
}

/** What the person at kubectl hears of a Warn policy: the value first, because the detail ends in the policy's message. */
export function violationWarning({ value = '', detail }: PolicyViolation): string {
  return `${value}: ${detail}`
}
