// Pipeline: admit. A Job is completed when it is created or never: the API server lets nobody change its pod template.
//
// | UPDATE of a Job                               | what happens                                     |
// |-----------------------------------------------|--------------------------------------------------|
// | annotated and not planned, before as now      | let through: it came before kaito-native         |
// | annotated only now                            | refused                                          |
// | planned, and would need another template      | refused                                          |
// | planned, anything else (suspend, resume, …)   | as for every kind                                |
// | the annotation goes                           | the plan goes, the template stays                |
import { PLAN, PREFIX, PRESET } from '../api/annotations.ts'
import type { Decision } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import { jsonEqual, type Json, type JsonObject } from '../api/json.ts'
import { valueAt } from '../patch/locate.ts'
import { annotationsOf, annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { annotationField } from './choose.ts'
import { deny, reason, skip } from './outcome.ts'
import { withPlanText, type Subject } from './subject.ts'

const AGAIN = 'delete it and create it again'

/** True for an UPDATE of a workload whose pod template cannot change. */
export function isFixed({ kind, operation }: Pick<Subject, 'kind' | 'operation'>): boolean {
  return kind.hasFixedTemplate && operation === 'UPDATE'
}

/** True for an UPDATE of a Job that was annotated when nobody completed it: neither version has a plan. */
export function isLeftAlone(
  kind: WorkloadKind,
  object: JsonObject,
  oldObject: JsonObject | undefined,
): boolean {
  if (!kind.hasFixedTemplate || oldObject === undefined) return false
  const before = annotationsOf(kind, oldObject)
  const isPlanned = [before, annotationsOf(kind, object)].some(one => Object.hasOwn(one, PLAN))
  return Object.hasOwn(before, PRESET) && !isPlanned
}

/** The answer to an UPDATE of a Job without a plan. */
export function decideUnplannedJob({ kind, object, oldObject }: Subject): Decision {
  const why = `a ${kind.kind} is completed only when it is created`
  if (isLeftAlone(kind, object, oldObject)) return skip(object, 'CreateOnly', `${why}: ${AGAIN}`)
  const field = annotationField(annotationsPath(kind), 'preset')
  return deny([{ type: 'Forbidden', field, detail: `${why}: ${AGAIN}`, code: 'ImmutableField' }])
}

/** The answer where the annotation goes: the template cannot be taken back, so only the management ends. */
export function decideUnmanagedJob({ kind, object }: Subject): Decision {
  const { operations, result } = withPlanText(kind, object, undefined)
  const text = `the annotation ${PRESET} is gone: the ${kind.kind} runs on as it is, and nothing more is done for its pods`
  return { decision: 'Skip', reasons: [reason('Uninjected', text)], warnings: [text], operations, result }
}

/** Why a new plan cannot be for this UPDATE; none where the template comes out as it was. */
export function fixedTemplateErrors(
  { kind, object, oldObject }: Subject,
  result: JsonObject,
): readonly FieldError[] {
  const places = [kind.templateAt, [...kind.specAt, 'podFailurePolicy']]
  const changed = places.find(place => {
    const wanted = valueAt(result, place)
    return ![object, oldObject ?? {}].some(known => isSame(valueAt(known, place), wanted))
  })
  if (changed === undefined) return []
  const detail = `a ${kind.kind}'s pods cannot change, and what its ${PREFIX} annotations and its template now say needs others: ${AGAIN}`
  return [{ type: 'Forbidden', field: changed.join('.'), detail, code: 'ImmutableField' }]
}

function isSame(left: Json | undefined, right: Json | undefined): boolean {
  return left === right || jsonEqual(left, right)
}
