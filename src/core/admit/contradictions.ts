// Pipeline: admit. Values in a final object that contradict its plan, by users or by webhooks that were asked after ours. On
// UPDATE only those that the stored object has not: what was let in once, by an older version or while nobody looked, must
// not hold up a change of something else.
import type { FieldError } from '../api/field-error.ts'
import type { JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { resolvePreset } from '../preset/resolve.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import type { Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { catalogueFor } from './existing-nodes.ts'
import { finalPod, type FinalPod } from './final/final-pod.ts'
import { folderErrors } from './final/folder-errors.ts'
import { gpuErrors } from './final/gpu-errors.ts'
import { placementErrors } from './final/placement-errors.ts'
import { portErrors } from './final/port-errors.ts'
import { probeWarnings } from './final/probe-warnings.ts'
import { takeApart } from './subject.ts'
import { understand } from './understand.ts'

/** What is wrong, and what looks wrong. */
export interface Contradictions {
  readonly errors: readonly FieldError[]
  readonly warnings: readonly string[]
}

const NONE: Contradictions = { errors: [], warnings: [] }

/** A planned object, as it will be stored. */
export interface FinalObject {
  readonly kind: WorkloadKind
  readonly object: JsonObject
  readonly plan: Plan
  readonly wanted: Wanted
  readonly oldObject: JsonObject | undefined
}

/** Those of the object that its stored version has not. */
export function newContradictions(final: FinalObject, context: AdmissionContext): Contradictions {
  const found = contradictionsIn(final, context)
  const isClean = found.errors.length === 0 && found.warnings.length === 0
  if (isClean || final.oldObject === undefined) return found
  const known = contradictionsOfStored(final.kind, final.oldObject, context)
  return {
    errors: introduced(found.errors, known.errors),
    warnings: found.warnings.filter(warning => !known.warnings.includes(warning)),
  }
}

/** By its own plan; one that had none that can be read contradicted nothing. */
function contradictionsOfStored(
  kind: WorkloadKind,
  object: JsonObject,
  context: AdmissionContext,
): Contradictions {
  const subject = takeApart(kind, { operation: 'CREATE', object })
  const { arriving: plan } = subject
  const wanted = understand(subject, context)
  if (plan === undefined || plan === 'invalid' || 'errors' in wanted) return NONE
  return contradictionsIn({ kind, object, plan, wanted }, context)
}

/** Each known mistake excuses one that is found. */
function introduced(found: readonly FieldError[], known: readonly FieldError[]): readonly FieldError[] {
  const left = [...known]
  return found.filter(error => {
    const index = left.findIndex(old => isSame(old, error))
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}

/** The same mistake; where in a list it stands may have changed. */
function isSame(left: FieldError, right: FieldError): boolean {
  return (
    left.code === right.code && left.value === right.value && unindexed(left.field) === unindexed(right.field)
  )
}

function unindexed(field: string): string {
  return field.replaceAll(/\[\d+\]/g, '[]')
}

function contradictionsIn(
  { kind, object, plan, wanted: { intent, reading } }: Omit<FinalObject, 'oldObject'>,
  context: AdmissionContext,
): Contradictions {
  const pod = finalPod(kind, object, plan, { intent, containerName: reading.containerName })
  if (pod === undefined) return NONE
  const catalogue = catalogueFor(context, plan.provisioning)
  const errors = [
    ...gpuErrors(pod, catalogue),
    ...portErrors(pod),
    ...folderErrors(pod),
    ...placementErrors(pod),
  ]
  return { errors, warnings: warningsOf(pod, context) }
}

function warningsOf(pod: FinalPod, { catalogue }: AdmissionContext): readonly string[] {
  const preset = resolvePreset(catalogue, pod.plan.preset)
  const revision = preset.ok
    ? preset.value.preset.revisions.find(({ name }) => name === pod.plan.revision)
    : undefined
  return revision === undefined ? [] : probeWarnings(pod, revision.startupSeconds)
}
