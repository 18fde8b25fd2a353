// Pipeline: admit. One request, taken apart once: the kind, the annotations, the plans that arrive with the object and
// with its stored version, and the object as its user wrote it.
import { PLAN, PREFIX, PRESET } from '../api/annotations.ts'
import type { AdmissionInput } from '../api/decision.ts'
import type { InventoryNode } from '../api/inventory.ts'
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import type { Plan } from '../api/plan.ts'
import { Draft } from '../patch/draft.ts'
import { isOurs, leavesOf, withoutNode } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import { reconcile } from '../patch/reconcile.ts'
import { unmix } from '../patch/unmix.ts'
import { annotationsOf, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { withoutAdopted } from './adopted.ts'
import { withMirroredImages } from './mirrored.ts'
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
  /** Neither plan can be read: changed by hand, or of a newer version. What it added cannot be told from the user's. */
  readonly unreadable: boolean
  /** The plan that produced the arriving template: its own, or, where a bare object replaces a planned one, the stored one. */
  readonly producer: Plan | undefined
  /** What the producer added of what arrives; a bare object holds nothing of it in its template. */
  readonly recorded: InventoryNode
  /** The object without what is recorded: what the user wrote. */
  readonly base: JsonObject
}

export function takeApart(kind: WorkloadKind, input: AdmissionInput): Subject {
  const { operation, oldObject } = input
  const annotations = annotationsOf(kind, input.object)
  const arriving = recordedPlan(kind, input.object)
  const old = oldObject === undefined ? undefined : recordedPlan(kind, oldObject)
  const stored = old === 'invalid' ? undefined : old
  const own = arriving === 'invalid' ? undefined : arriving
  const unchanged = own === undefined || isSamePlan(kind, input)
  const latest = unchanged ? (own ?? stored) : latestPlan(input.object, own, stored)
  const producer = latest === undefined ? undefined : asWritten(kind, input, latest, unchanged)
  const whole = own !== undefined || (producer !== undefined && hasMarks(input.object, producer))
  const recorded =
    producer === undefined ? {} : whole ? producer.added : withoutNode(producer.added, kind.templateAt)
  const { operations: unmixed, result: object } = unmix(input.object, oldObject, recorded)
  const base = producer === undefined ? object : reconcile({ object, edits: [], recorded }).result
  const unreadable = arriving === 'invalid' && old !== undefined && stored === undefined
  return {
    kind,
    operation,
    object,
    unmixed,
    oldObject,
    annotations,
    arriving,
    stored,
    unreadable,
    producer,
    recorded,
    base,
  }
}

/** The arriving plan, unless the stored one of the same intent explains the object at least as well: then it was edited. */
function latestPlan(object: JsonObject, arriving: Plan, stored: Plan | undefined): Plan {
  if (stored === undefined || stored.intent !== arriving.intent) return arriving
  return countOurs(object, arriving) > countOurs(object, stored) ? arriving : stored
}

/** The annotation is as it was stored: nobody has written a plan since. */
function isSamePlan(kind: WorkloadKind, { object, oldObject }: AdmissionInput): boolean {
  return oldObject !== undefined && annotationsOf(kind, object)[PLAN] === annotationsOf(kind, oldObject)[PLAN]
}

/**
 * The plan with what other writers have made of its entries. Only an unchanged plan tells of files: a changed one came with
 * a file, or we were asked before in the same request.
 */
function asWritten(kind: WorkloadKind, input: AdmissionInput, plan: Plan, unchanged: boolean): Plan {
  return withMirroredImages(input.object, unchanged ? withoutAdopted(kind, input, plan) : plan)
}

function countOurs(object: JsonObject, plan: Plan): number {
  return [...leavesOf(plan.added)].filter(([path, leaf]) => {
    const value = valueAt(object, path)
    return value !== undefined && isOurs(leaf, value)
  }).length
}

/**
 * A template without any of our own marks was not made by the plan: it is the user's file (`kubectl replace`) or a revision
 * from before (`kubectl rollout undo`), and nothing in it may be taken back.
 */
function hasMarks(object: JsonObject, plan: Plan): boolean {
  return leavesOf(plan.added).some(([path, leaf]) => {
    const value = (path.at(-1) ?? '').startsWith(PREFIX) ? valueAt(object, path) : undefined
    return value !== undefined && isOurs(leaf, value)
  })
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
