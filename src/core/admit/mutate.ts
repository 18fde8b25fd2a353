// Pipeline: admit. The mutating pipeline: request in, Decision with RFC 6902 operations out. Pure: no I/O, no clock.
//
// | request                                                | what happens                                          |
// |--------------------------------------------------------|-------------------------------------------------------|
// | no preset, no plan                                     | skip                                                  |
// | no preset, a plan on the object or its stored version  | take back what it added; refuse if no image is left   |
// | a Job that exists already (fixed-template.ts)          | nothing is added, nothing is taken back               |
// | CREATE                                                 | take back what an arriving plan added, plan anew      |
// | UPDATE, a plan whose intent is still this one          | put back what is missing, else nothing                |
// | UPDATE, anything else                                  | take back, plan anew                                  |
import { PLAN, PRESET } from '../api/annotations.ts'
import type { AdmissionInput, Decision } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { unknownAnnotationWarnings } from '../intent/intent.ts'
import type { Operation } from '../api/operation.ts'
import { valueAt } from '../patch/locate.ts'
import { isApiDefault } from '../template/edit.ts'
import { WORKLOAD_KINDS, workloadKindOf } from '../workload/kinds.ts'
import { annotationsPath, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import type { AdmissionContext } from './context.ts'
import { decideUnmanagedJob, decideUnplannedJob, isFixed } from './fixed-template.ts'
import { foreignTemplateErrors } from './foreign-template.ts'
import { immutableEdits } from './immutable.ts'
import { hashIntent } from './intent-hash.ts'
import { keepPlan } from './keep-plan.ts'
import { deny, reason, skip, withWarnings } from './outcome.ts'
import { planAnew, type Planned, type Planning } from './plan-anew.ts'
import { FORGETFUL, type Decided, type PlanMemo } from './plan-memo.ts'
import { unknownPolicyErrors, violationsOf, withViolations } from './policy.ts'
import { keepSecrets } from './secrets.ts'
import { isAnnotated, isBeingDeleted, takeApart, withPlanText, type Subject } from './subject.ts'
import { understand } from './understand.ts'
import { uninject } from './uninject.ts'
import { misplacedWarnings, replacedDefaultWarnings } from './warnings.ts'

/** What the mutating webhook answers, and what `render` prints; the same with a memo, only sooner. */
export function decideMutation(
  input: AdmissionInput,
  context: AdmissionContext,
  memo: PlanMemo = FORGETFUL,
): Decision {
  const kind = workloadKindOf(input.object)
  if (kind === undefined) return skipUnsupported(input.object)
  if (isBeingDeleted(input.object)) return skip(input.object, 'BeingDeleted', 'the object is being deleted')
  return memo(kind, input, context, () => decideWorkload(kind, input, context))
}

/** Of an object that its user annotated in vain; only files have such ones, the webhooks are not called for them. */
function skipUnsupported(object: JsonObject): Decision {
  const skipped = skip(object, 'UnsupportedKind', 'kaito-native does not handle this kind')
  const annotations = objectAt(objectAt(object, 'metadata'), 'annotations')
  if (!Object.hasOwn(annotations, PRESET)) return skipped
  const kinds = WORKLOAD_KINDS.map(({ group, version, kind }) => `${group}/${version} ${kind}`).join(', ')
  const kind = `${stringAt(object, 'apiVersion') ?? ''} ${stringAt(object, 'kind') ?? ''}`
  return withWarnings(skipped, [`${PRESET} has no effect on ${kind}: supported are ${kinds}`])
}

/** Only a decision that others may have as well is handed on as the first: nothing was taken out of it, be it a secret. */
function decideWorkload(kind: WorkloadKind, input: AdmissionInput, context: AdmissionContext): Decided {
  const subject = takeApart(kind, input)
  const advice = [...misplacedWarnings(kind, input.object), ...unknownAnnotationWarnings(subject.annotations)]
  const { decision, planned } = isAnnotated(subject)
    ? decideAnnotated(subject, context)
    : { decision: decideUnannotated(subject), planned: undefined }
  const said = withWarnings(withFirst(subject.unmixed, decision), advice)
  const kept = keepSecrets(kind, input, said)
  const isAsPlanned = kept === said && subject.unmixed.length === 0
  return { decision: kept, ...(planned !== undefined && isAsPlanned && { first: { ...planned, advice } }) }
}

/** The decision whose patch begins with these operations. */
function withFirst(operations: readonly Operation[], decision: Decision): Decision {
  if (decision.decision === 'Deny' || operations.length === 0) return decision
  return { ...decision, operations: [...operations, ...decision.operations] }
}

function decideUnannotated(subject: Subject): Decision {
  const { kind, object, producer, recorded, unreadable } = subject
  if (unreadable) return { ...skip(object, 'PlanInvalid', UNREADABLE), warnings: [UNREADABLE] }
  if (producer === undefined) {
    const bare = withPlanText(kind, object, undefined)
    return { ...skip(bare.result, 'NotAnnotated', `no annotation ${PRESET}`), operations: bare.operations }
  }
  if (isFixed(subject)) return decideUnmanagedJob(subject)
  const taken = uninject(kind, object, recorded, immutableEdits(subject))
  const errors = [...imagelessErrors(kind, taken.result), ...restartErrors(kind, taken.result)]
  if (errors.length > 0) return deny(errors)
  const reasons = [
    reason('Uninjected', `the annotation ${PRESET} is gone: everything that was added is taken back`),
  ]
  return { decision: 'Skip', reasons, warnings: [], operations: taken.operations, result: taken.result }
}

const UNREADABLE = `annotation ${PLAN} cannot be read: changed by hand, or of a newer version of kaito-native`

/** Planning anew would make the user's own of everything that the plan had added, for good. */
function unreadablePlan({ kind }: Subject): FieldError {
  const detail =
    'cannot be read: it was changed by hand or is of a newer version of kaito-native; use that version, or take the annotation away (what was added then counts as yours)'
  return { type: 'Invalid', field: `${annotationsPath(kind)}[${PLAN}]`, detail, code: 'PlanInvalid' }
}

/** The API server would refuse the rest for a missing image; this says why it is missing. */
function imagelessErrors(kind: WorkloadKind, object: JsonObject): FieldError[] {
  const path = [...kind.templateAt, 'spec', 'containers'].join('.')
  const containers = listAt(objectAtPath(object, [...kind.templateAt, 'spec']), 'containers')
  const detail = `the annotation ${PRESET} is gone, and with it the image: set an image, or delete the workload`
  const missing = (field: string): FieldError => ({ type: 'Required', field, detail, code: 'NoImageLeft' })
  if (containers.length === 0) return [missing(path)]
  return containers.flatMap((container, index) =>
    isObject(container) && stringAt(container, 'image') !== undefined
      ? []
      : [missing(`${path}[${index}].image`)],
  )
}

/** Of a Job: the API server would refuse the default, too, and not say where it comes from. */
function restartErrors(kind: WorkloadKind, object: JsonObject): FieldError[] {
  const path = [...kind.templateAt, 'spec', 'restartPolicy']
  const policy = valueAt(object, path)
  if (!kind.runsToCompletion || (policy !== undefined && !isApiDefault(path, policy))) return []
  const detail = `the annotation ${PRESET} is gone, and with it the value that a ${kind.kind} needs: set Never or OnFailure`
  return [{ type: 'Required', field: path.join('.'), detail, code: 'InvalidTemplate' }]
}

/** A decision, and the plan behind it where it is the first of its workload. */
interface Reached {
  readonly decision: Decision
  readonly planned?: Planned
}

/** Policies are the validating webhook's to judge; here they only join in where the user has mistakes to hear of anyway. */
function decideAnnotated(subject: Subject, context: AdmissionContext): Reached {
  const unknown = unknownPolicyErrors(subject.object, context)
  if (unknown.length > 0) return { decision: deny(unknown) }
  const wanted = decideWanted(subject, context)
  const { decision } = wanted
  return decision.decision === 'Deny'
    ? { decision: withViolations(decision, violationsOf(subject, subject.oldObject, context)) }
    : wanted
}

function decideWanted(subject: Subject, context: AdmissionContext): Reached {
  const { producer, operation } = subject
  if (subject.unreadable) return { decision: deny([unreadablePlan(subject)]) }
  const foreign = foreignTemplateErrors(subject)
  if (foreign.length > 0) return { decision: deny(foreign) }
  if (producer === undefined && isFixed(subject)) return { decision: decideUnplannedJob(subject) }
  const wanted = understand(subject, context)
  if ('errors' in wanted) return { decision: deny(wanted.errors) }
  if (producer === undefined) return reached(subject, planAnew(subject, wanted, context))
  const sameIntent = producer.intent === hashIntent(wanted.intent, wanted.reading, producer.provisioning)
  const kept = sameIntent && operation === 'UPDATE' ? keepPlan(subject, wanted, producer, context) : undefined
  if (kept !== undefined) return { decision: kept }
  return { decision: reached(subject, planAnew(subject, wanted, context)).decision }
}

function reached({ object }: Subject, planning: Planning): Reached {
  if ('errors' in planning) return { decision: deny(planning.errors) }
  const { decision, replaced } = planning
  return { decision: withWarnings(decision, replacedDefaultWarnings(object, replaced)), planned: planning }
}
