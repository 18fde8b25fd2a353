// Pipeline: admit. One request, taken apart once: the kind, the annotations, the plans that arrive with the object and
// with its stored version, and the object as its user wrote it.
import { PLAN, PRESET } from '../api/annotations.ts'
import type { AdmissionInput } from '../api/decision.ts'
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import type { Plan } from '../api/plan.ts'
import { Draft } from '../patch/draft.ts'
import { reconcile } from '../patch/reconcile.ts'
import { unmix } from '../patch/unmix.ts'
import { annotationsOf, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { recordedPlan } from './recorded-plan.ts'

export interface Subject {
  readonly kind: WorkloadKind
  readonly operation: AdmissionInput['operation']
  readonly object: JsonObject
  /** What was done to the request's object before anything else: entries that a merge had mixed with ours. */
  readonly unmixed: readonly Operation[]
  readonly oldObject: JsonObject | undefined
  readonly annotations: JsonObject
  /** The plan on the object itself. */
  readonly arriving: Plan | 'invalid' | undefined
  /** The plan on the stored object. */
  readonly stored: Plan | undefined
  /** The plan that produced the arriving template: its own, or, where a bare object replaces a planned one, the stored one. */
  readonly producer: Plan | undefined
  /** The object without what the producer added: what the user wrote. */
  readonly base: JsonObject
}

export function takeApart(kind: WorkloadKind, input: AdmissionInput): Subject {
  const { operation, oldObject } = input
  const annotations = annotationsOf(kind, input.object)
  const arriving = recordedPlan(kind, input.object)
  const old = oldObject === undefined ? undefined : recordedPlan(kind, oldObject)
  const stored = old === 'invalid' ? undefined : old
  const producer = arriving === undefined || arriving === 'invalid' ? stored : arriving
  const recorded = producer?.added ?? {}
  const { operations: unmixed, result: object } = unmix(input.object, oldObject, recorded)
  const base = reconcile({ object, edits: [], recorded }).result
  return { kind, operation, object, unmixed, oldObject, annotations, arriving, stored, producer, base }
}

/** True when the workload opts in. */
export function isAnnotated(subject: Subject): boolean {
  return Object.hasOwn(subject.annotations, PRESET)
}

/** The name under which people know the object; with generateName the name is not known yet at admission. */
export function nameOf(object: JsonObject): string {
  const metadata = objectAt(object, 'metadata')
  return stringAt(metadata, 'name') ?? (stringAt(metadata, 'generateName') ?? '').replace(/-+$/, '')
}

export function isBeingDeleted(object: JsonObject): boolean {
  return stringAt(objectAt(object, 'metadata'), 'deletionTimestamp') !== undefined
}

/** `object` with the plan annotation set to `text`, or taken away, and the operation that does it. */
export function withPlanText(
  kind: WorkloadKind,
  object: JsonObject,
  text: string | undefined,
): { readonly operations: readonly Operation[]; readonly result: JsonObject } {
  const draft = new Draft(object)
  const tokens = [...kind.metadataAt, 'annotations', PLAN]
  const annotations = objectAt(objectAtPath(object, kind.metadataAt), 'annotations')
  const current = Object.hasOwn(annotations, PLAN) ? annotations[PLAN] : undefined
  if (text === undefined && current !== undefined) draft.remove(tokens)
  else if (text !== undefined && current === undefined) draft.add(tokens, text)
  else if (text !== undefined && current !== text) draft.replace(tokens, text)
  return { operations: draft.operations, result: draft.root }
}
