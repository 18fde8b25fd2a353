// Pipeline: cli. What both webhooks have to say of the objects of files, each thing once, as if all of them were applied to a
// cluster that holds nothing else.
import type { AdmissionContext } from '../core/admit/context.ts'
import { usageOf, workloadName } from '../core/admit/judged.ts'
import { decideMutation } from '../core/admit/mutate.ts'
import { withWarnings } from '../core/admit/outcome.ts'
import { violationWarning } from '../core/admit/policy.ts'
import { decideValidation } from '../core/admit/validate.ts'
import { isTidings } from '../core/admit/warnings.ts'
import type { Decision, PolicyViolation } from '../core/api/decision.ts'
import { formatFieldError, type FieldError } from '../core/api/field-error.ts'
import type { JsonObject } from '../core/api/json.ts'
import { offlineFacts, type OfflineCluster, type WorkloadUsage } from '../core/policy/offline-facts.ts'
import { workloadKindOf } from '../core/workload/kinds.ts'
import type { SourceObject } from './documents.ts'
import { trainingConfigWarnings } from './training-config-warnings.ts'

/** An annotated workload, or an object with annotations of ours that nobody reads. */
export interface Validated {
  readonly source: SourceObject
  readonly decision: Decision['decision']
  /** Why it is refused. */
  readonly errors: readonly FieldError[]
  /** What kubectl would print, but for what only tells of the plan, and of violations. */
  readonly warnings: readonly string[]
  /** What policies have against it without refusing it. */
  readonly violations: readonly PolicyViolation[]
}

/** Everything of ours among the objects. */
export function validateObjects(
  sources: readonly SourceObject[],
  cluster: Omit<OfflineCluster, 'usages'>,
  context: AdmissionContext,
): readonly Validated[] {
  const alone = { ...context, policy: offlineFacts({ ...cluster, usages: [] }) }
  const mutated = sources.map(source => ({ source, mutation: decide(decideMutation, source.object, alone) }))
  const usages = mutated.flatMap(({ mutation }) => acceptedUsage(mutation, alone))
  const objects = sources.map(({ object }) => object)
  const together = { ...context, policy: offlineFacts({ ...cluster, usages }) }
  return mutated.flatMap(({ source, mutation }) => {
    const validation =
      mutation.decision === 'Plan' ? decide(decideValidation, mutation.result, together) : undefined
    const settings = trainingConfigWarnings(source.object, objects)
    return toValidated(source, withWarnings(mutation, settings), validation) ?? []
  })
}

function decide(pipeline: typeof decideValidation, object: JsonObject, context: AdmissionContext): Decision {
  return pipeline({ operation: 'CREATE', object }, context)
}

/** What counts for the others: a workload that is refused by itself uses nothing. */
function acceptedUsage(mutation: Decision, context: AdmissionContext): readonly WorkloadUsage[] {
  if (mutation.decision !== 'Plan') return []
  const { plan, result } = mutation
  const kind = workloadKindOf(result)
  if (kind === undefined || decide(decideValidation, result, context).decision === 'Deny') return []
  return [{ workload: workloadName(kind, result), usage: usageOf(kind, result, plan, context.catalogue) }]
}

/** Undefined where there is nothing to say. */
function toValidated(
  source: SourceObject,
  mutation: Decision,
  validation: Decision | undefined,
): Validated | undefined {
  const decisions = validation === undefined ? [mutation] : [mutation, validation]
  const { decision } = validation ?? mutation
  const violations = decisions
    .flatMap(one => one.violations ?? [])
    .filter(({ enforcement }) => enforcement !== 'Deny')
  const saidOf = new Set(violations.map(violationWarning))
  const warnings = decisions.flatMap(one =>
    one.warnings.filter(text => !isTidings(text, one) && !saidOf.has(text)),
  )
  if (decision === 'Skip' && warnings.length === 0) return undefined
  const errors = decisions.flatMap(one => (one.decision === 'Deny' ? one.errors : []))
  return {
    source,
    decision,
    errors: once(errors),
    warnings: [...new Set(warnings)],
    violations: once(violations),
  }
}

function once<T extends FieldError>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map(one => [formatFieldError(one), one])).values()]
}
