// Pipeline: admit. A new plan from today's catalogue: choose, render, inject, record.
import type { Decision } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import type { Mirror } from '../api/mirrors.ts'
import { PLAN_MAX_BYTES, PLAN_VERSION, type Plan } from '../api/plan.ts'
import { formatPlan } from '../api/plan-text.ts'
import { reconcile } from '../patch/reconcile.ts'
import { readsImages } from '../template/image-files.ts'
import type { Edit } from '../template/edit.ts'
import type { Choice, StepInput } from '../template/step.ts'
import { desiredEdits } from '../template/steps.ts'
import { annotationsPath } from '../workload/workload.ts'
import { annotationField, choose, type Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { newContradictions } from './contradictions.ts'
import { endpointOf } from './endpoint.ts'
import { fixedTemplateErrors, isFixed } from './fixed-template.ts'
import { groupErrors } from './group.ts'
import { withImmutable } from './immutable.ts'
import { hashIntent } from './intent-hash.ts'
import { reason } from './outcome.ts'
import { withPlanText, type Subject } from './subject.ts'
import { toStepInput } from './understand.ts'
import {
  liveRolloutWarning,
  planSummary,
  planWarnings,
  replacedDefaults,
  spokenWarnings,
  type ReplacedDefault,
  type Spoken,
} from './warnings.ts'

export interface Planned {
  /** Its warnings do not tell of replaced defaults yet: whether anybody must hear of them depends on the object's files. */
  readonly decision: Decision & { readonly decision: 'Plan' }
  readonly replaced: readonly ReplacedDefault[]
  readonly spoken: Spoken
}
/** A plan, or why there cannot be one. */
export type Planning = Planned | { readonly errors: readonly FieldError[] }

/** Takes back what the plan of the arriving template added, then injects the new choice, as one patch. */
export function planAnew(subject: Subject, wanted: Wanted, context: AdmissionContext): Planning {
  const { kind, oldObject, object, producer } = subject
  const chosen = choose(kind, wanted, context)
  if (!chosen.ok) return { errors: chosen.errors }
  const { choice } = chosen.value
  const ofGroup = groupErrors(subject, choice.placement.nodesPerReplica)
  if (ofGroup.length > 0) return { errors: ofGroup }
  const injected = inject(subject, wanted, choice, context)
  if ('errors' in injected) return injected
  const { plan, input, operations, result } = injected
  const fixed = isFixed(subject) ? fixedTemplateErrors(subject, result) : []
  if (fixed.length > 0) return { errors: fixed }
  const contradicting = newContradictions({ kind, object: result, plan, wanted, oldObject }, context).errors
  if (contradicting.length > 0) return { errors: contradicting }
  const wasLive = oldObject !== undefined && producer === undefined && !kind.runsToCompletion
  const spoken = {
    summary: planSummary(plan),
    endpoint: endpointOf(input),
    rest: [
      ...chosen.value.warnings,
      ...(wasLive ? [liveRolloutWarning(object)] : []),
      ...planWarnings(input),
    ],
  }
  const decision: Planned['decision'] = {
    decision: 'Plan',
    reasons: [reason(producer === undefined ? 'Planned' : 'Replanned', spoken.summary)],
    warnings: spokenWarnings(object, spoken),
    plan,
    operations,
    result,
  }
  return { decision, replaced: replacedDefaults(plan.added), spoken }
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
  const input = toStepInput(subject, wanted, choice, context.scripts)
  const edits = desiredEdits(input)
  const injected = reconcile({
    object,
    edits: withImmutable(subject, edits),
    recorded: subject.recorded,
    order: oldObject,
  })
  if (injected.obstructed.length > 0) return { errors: injected.obstructed.map(obstruction) }
  const used = choice.mirrors.filter(mirror => isUsed(mirror, edits))
  const plan = toPlan(wanted, { ...choice, mirrors: used }, injected.added, context)
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

function toPlan(
  { intent, reading }: Wanted,
  choice: Choice,
  added: Plan['added'],
  { catalogue }: AdmissionContext,
): Plan {
  return {
    v: PLAN_VERSION,
    catalogue: catalogue.revision,
    intent: hashIntent(intent, reading, choice.provisioning),
    preset: choice.preset.name,
    revision: choice.revision.name,
    runtime: choice.runtime,
    ...choice.placement,
    provisioning: choice.provisioning,
    ...(readsImages(intent) ? { imageVolumes: choice.imageVolumes } : {}),
    ...(choice.mirrors.length > 0 ? { mirrors: choice.mirrors } : {}),
    added,
  }
}

/** What it stands for is among the values that were injected. */
function isUsed({ to }: Mirror, edits: readonly Edit[]): boolean {
  return edits.some(({ value }) => JSON.stringify(value).includes(to))
}

function obstruction(field: string): FieldError {
  return {
    type: 'Invalid',
    field,
    detail: 'has another type than the Kubernetes API gives it',
    code: 'InvalidTemplate',
  }
}
