// Pipeline: admit. A new plan from today's catalogue: choose, render, inject, record.
import type { Decision } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import { PLAN_MAX_BYTES, PLAN_VERSION, type Plan } from '../api/plan.ts'
import { formatPlan } from '../api/plan-text.ts'
import { reconcile } from '../patch/reconcile.ts'
import type { Choice, StepInput } from '../template/step.ts'
import { desiredEdits } from '../template/steps.ts'
import { annotationsPath } from '../workload/workload.ts'
import { annotationField, choose, type Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { hashIntent } from './intent-hash.ts'
import { deny, reason } from './outcome.ts'
import { withPlanText, type Subject } from './subject.ts'
import { toStepInput } from './understand.ts'
import { liveRolloutWarning, planSummary, planWarnings } from './warnings.ts'

/** Takes back what the plan of the arriving template added, then injects the new choice, as one patch. */
export function planAnew(subject: Subject, wanted: Wanted, context: AdmissionContext): Decision {
  const { kind, oldObject, object, producer } = subject
  const chosen = choose(kind, wanted, context)
  if (!chosen.ok) return deny(chosen.errors)
  const injected = inject(subject, wanted, chosen.value.choice, context)
  if ('errors' in injected) return deny(injected.errors)
  const { plan, input, operations, result } = injected
  const wasLive = oldObject !== undefined && producer === undefined
  return {
    decision: 'Plan',
    reasons: [reason(producer === undefined ? 'Planned' : 'Replanned', planSummary(plan))],
    warnings: [
      planSummary(plan),
      ...chosen.value.warnings,
      ...(wasLive ? [liveRolloutWarning(object)] : []),
      ...planWarnings(input, plan.added),
    ],
    plan,
    operations,
    result,
  }
}

interface Injected extends Pick<Decision & { decision: 'Plan' }, 'plan' | 'operations' | 'result'> {
  readonly input: StepInput
}

/** Renders the choice into the object; a plan that would be too large gives up fallback types, the last first. */
function inject(
  subject: Subject,
  wanted: Wanted,
  choice: Choice,
  context: AdmissionContext,
): Injected | { readonly errors: readonly FieldError[] } {
  const { kind, object, oldObject } = subject
  const input = toStepInput(subject, wanted, choice)
  const injected = reconcile({
    object,
    edits: desiredEdits(input),
    recorded: subject.recorded,
    order: oldObject,
  })
  if (injected.obstructed.length > 0) return { errors: injected.obstructed.map(obstruction) }
  const plan = toPlan(
    choice,
    injected.added,
    hashIntent(wanted.intent, wanted.reading, choice.provisioning),
    context,
  )
  const text = formatPlan(plan)
  if (Buffer.byteLength(text) > PLAN_MAX_BYTES) return withFewerTypes(subject, wanted, choice, context)
  const planned = withPlanText(kind, injected.result, text)
  return { plan, input, operations: [...injected.operations, ...planned.operations], result: planned.result }
}

function withFewerTypes(
  subject: Subject,
  wanted: Wanted,
  choice: Choice,
  context: AdmissionContext,
): Injected | { readonly errors: readonly FieldError[] } {
  const { placement } = choice
  if (placement.instanceTypes.length > 1) {
    const instanceTypes = placement.instanceTypes.slice(0, Math.ceil(placement.instanceTypes.length / 2))
    return inject(subject, wanted, { ...choice, placement: { ...placement, instanceTypes } }, context)
  }
  const field = annotationField(annotationsPath(subject.kind), 'preset')
  const detail = `the plan of this workload would take more than ${PLAN_MAX_BYTES} bytes: shorten its tolerations or node affinity`
  return { errors: [{ type: 'TooLong', field, detail, code: 'PlanTooLarge' }] }
}

function toPlan(choice: Choice, added: Plan['added'], intent: string, context: AdmissionContext): Plan {
  return {
    v: PLAN_VERSION,
    catalogue: context.catalogue.revision,
    intent,
    preset: choice.preset.name,
    revision: choice.revision.name,
    runtime: choice.runtime,
    ...choice.placement,
    provisioning: choice.provisioning,
    added,
  }
}

function obstruction(field: string): FieldError {
  return {
    type: 'Invalid',
    field,
    detail: 'has another type than the Kubernetes API gives it',
    code: 'InvalidTemplate',
  }
}
