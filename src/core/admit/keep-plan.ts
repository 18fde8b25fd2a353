// Pipeline: admit. The recorded plan stands: a new catalogue or version of kaito-native changes nothing by itself.
import type { Decision } from '../api/decision.ts'
import type { Plan } from '../api/plan.ts'
import { formatPlan } from '../api/plan-text.ts'
import type { Edit } from '../template/edit.ts'
import { desiredEdits } from '../template/steps.ts'
import { choiceOfPlan } from './choice.ts'
import type { Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { catalogueFor } from './existing-nodes.ts'
import { keptGroupErrors } from './group.ts'
import { deny, reason } from './outcome.ts'
import { putBack } from './put-back.ts'
import { withPlanText, type Subject } from './subject.ts'
import { toStepInput } from './understand.ts'
import { planSummary } from './warnings.ts'

/** Nothing, or what is missing put back, or why the plan cannot stand; undefined where that cannot be done exactly, then it is planned anew. */
export function keepPlan(
  subject: Subject,
  wanted: Wanted,
  plan: Plan,
  context: AdmissionContext,
): Decision | undefined {
  const { kind, object, oldObject, arriving } = subject
  const errors = keptGroupErrors(subject, plan.nodesPerReplica)
  if (errors.length > 0) return deny(errors)
  const render = (): readonly Edit[] => {
    const catalogue = catalogueFor(context, plan.provisioning)
    const choice = choiceOfPlan(kind, plan, catalogue, wanted.policies)
    return choice === undefined ? [] : desiredEdits(toStepInput(subject, wanted, choice, context.scripts))
  }
  const whole = putBack(object, plan.added, oldObject, render)
  if (whole === undefined) return undefined
  if (arriving === plan && whole.added === plan.added) return kept(subject, plan, whole)
  const updated = { ...plan, added: whole.added }
  const recorded = withPlanText(kind, whole.result, formatPlan(updated))
  return kept(subject, updated, {
    operations: [...whole.operations, ...recorded.operations],
    result: recorded.result,
  })
}

function kept(
  subject: Subject,
  plan: Plan,
  { operations, result }: Pick<Decision & { decision: 'Plan' }, 'operations' | 'result'>,
): Decision {
  const { stored } = subject
  const takenOver = stored !== undefined && stored.intent !== plan.intent
  const code = takenOver ? 'PlanTakenOver' : operations.length === 0 ? 'PlanKept' : 'PlanRestored'
  return {
    decision: 'Plan',
    reasons: [reason(code, planSummary(plan))],
    warnings: [],
    plan,
    operations,
    result,
  }
}
