// Pipeline: admit. The validating pipeline: final objects only. Fails closed, so it asks for nothing but what the
// mutating webhook would have done: an annotated workload carries a plan that fits it and all that the plan added.
// Nothing half-injected gets in when the mutating webhook, which fails open, was not reached, and nothing that a policy refuses.
import { PLAN, PREFIX, PRESET } from '../api/annotations.ts'
import type { AdmissionInput, Decision } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import type { JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { missingLeaves } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import { keyedFieldPath } from '../patch/locate.ts'
import { workloadKindOf } from '../workload/kinds.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { choose, type Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { newContradictions } from './contradictions.ts'
import { isLeftAlone } from './fixed-template.ts'
import { hashIntent } from './intent-hash.ts'
import { deny, reason, skip, withWarnings } from './outcome.ts'
import { planClaimErrors } from './plan-claims.ts'
import { autoscalerWarnings, unknownPolicyErrors, violationsOf, withViolations } from './policy.ts'
import { keepSecrets } from './secrets.ts'
import { isAnnotated, isBeingDeleted, takeApart, type Subject } from './subject.ts'
import { understand } from './understand.ts'
import { planSummary } from './warnings.ts'

/** What the validating webhook answers; its operations are always empty. */
export function decideValidation(input: AdmissionInput, context: AdmissionContext): Decision {
  const kind = workloadKindOf(input.object)
  if (kind === undefined)
    return skip(input.object, 'UnsupportedKind', 'kaito-native does not handle this kind')
  if (isBeingDeleted(input.object)) return skip(input.object, 'BeingDeleted', 'the object is being deleted')
  if (isLeftAlone(kind, input.object, input.oldObject))
    return skip(input.object, 'CreateOnly', `it was there before kaito-native`)
  return keepSecrets(kind, input, decideFinal(kind, input, context))
}

function decideFinal(kind: WorkloadKind, input: AdmissionInput, context: AdmissionContext): Decision {
  // The stored plan is no excuse for an object without one.
  const subject = takeApart(kind, { operation: input.operation, object: input.object })
  if (!isAnnotated(subject)) return skip(input.object, 'NotAnnotated', `no annotation ${PRESET}`)
  const unknown = unknownPolicyErrors(input.object, context)
  if (unknown.length > 0) return deny(unknown)
  const decision = decideAnnotated(subject, input.oldObject, context)
  const plan = decision.decision === 'Plan' ? decision.plan : undefined
  const violations = violationsOf(subject, input.oldObject, context, plan)
  const warnings = plan === undefined ? [] : autoscalerWarnings(subject, context, plan)
  return withWarnings(withViolations(decision, violations), warnings)
}

function decideAnnotated(
  subject: Subject,
  oldObject: JsonObject | undefined,
  context: AdmissionContext,
): Decision {
  const wanted = understand(subject, context)
  if ('errors' in wanted) return deny(wanted.errors)
  const { arriving } = subject
  if (arriving === undefined) return deny(missingPlanErrors(subject, wanted, context))
  if (arriving === 'invalid') return deny([invalidPlan(subject)])
  const { kind, object } = subject
  const claimed = { subject, wanted, plan: arriving, oldObject }
  const { errors: contradicting, warnings } = newContradictions({ ...claimed, kind, object }, context)
  const errors = [
    () => [...inventoryErrors(subject, arriving), ...contradicting],
    // A value that contradicts the plan is also why its hash does not fit, and "try again" would be no help.
    () => staleErrors(subject, wanted, arriving),
    () => planClaimErrors(claimed, context),
  ].reduce<readonly FieldError[]>((found, next) => (found.length > 0 ? found : next()), [])
  if (errors.length > 0) return deny(errors)
  const reasons = [reason('PlanKept', planSummary(arriving))]
  return { decision: 'Plan', reasons, warnings, plan: arriving, operations: [], result: subject.object }
}

const NOT_REACHED =
  'kaito-native did not complete this workload: its mutating webhook was not reached, try again'

/** Why there is no plan: a mistake that the mutating webhook would have refused, or it was not reached. */
function missingPlanErrors(
  subject: Subject,
  wanted: Wanted,
  context: AdmissionContext,
): readonly FieldError[] {
  const chosen = choose(subject.kind, wanted, context)
  if (!chosen.ok) return chosen.errors
  return [{ type: 'Required', field: planField(subject), detail: NOT_REACHED, code: 'PlanMissing' }]
}

function invalidPlan(subject: Subject): FieldError {
  const detail =
    'is written by kaito-native and was changed into something that is no plan: take the annotation away'
  return { type: 'Invalid', field: planField(subject), detail, code: 'PlanInvalid' }
}

function staleErrors(subject: Subject, { intent, reading }: Wanted, plan: Plan): FieldError[] {
  if (plan.intent === hashIntent(intent, reading, plan.provisioning)) return []
  const detail = `was made for other annotations or another template (${PREFIX} annotations changed, or the plan was): ${NOT_REACHED}`
  return [{ type: 'Invalid', field: planField(subject), detail, code: 'PlanStale' }]
}

function inventoryErrors(subject: Subject, plan: Plan): FieldError[] {
  // A default in place of ours is another webhook's choice, made after us: it is there, so nothing is half-injected.
  const missing = missingLeaves(subject.object, plan.added).filter(
    ([path]) => valueAt(subject.object, path) === undefined,
  )
  return missing.map(([path]) => ({
    type: 'Required',
    field: keyedFieldPath(path),
    detail: `the plan put a value here and it is gone: ${NOT_REACHED}`,
    code: 'InventoryMissing',
  }))
}

function planField(subject: Subject): string {
  return `${annotationsPath(subject.kind)}[${PLAN}]`
}
