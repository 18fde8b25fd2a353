// Pipeline: admit. Does a new plan's inventory cover what kaito-native adds (plan-claims.ts)? What it does not list could be
// left out of the template, and what it lists too much would be taken back as if it were ours.
import { PLACEMENT } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { imageRepository, isMirrorOf } from '../api/image.ts'
import { jsonEqual, objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import { mirroredImage } from '../api/mirrors.ts'
import type { Plan } from '../api/plan.ts'
import { isOurs, leafAt, leavesOf, type Leaf } from '../patch/inventory.ts'
import { keyedFieldPath, valueAt } from '../patch/locate.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { isUnset, type Edit } from '../template/edit.ts'
import type { Choice } from '../template/step.ts'
import { desiredEdits } from '../template/steps.ts'
import { GATE_NAME } from '../template/steps/gate.ts'
import { GPU_RESOURCE } from '../template/steps/gpu.ts'
import { WORKLOAD_LABEL } from '../template/steps/labels.ts'
import type { AdmissionContext } from './context.ts'
import type { Claimed } from './plan-claims.ts'
import { toStepInput } from './understand.ts'

/** On CREATE: everything that the mutating webhook would still change, were it asked about the final object. */
export function coverErrors(
  claimed: Claimed,
  choice: Choice,
  context: AdmissionContext,
): readonly FieldError[] {
  const errors = coverErrorsOf(claimed, choice, context)
  const base = withoutGeneratedName(claimed.subject.base)
  if (errors.length === 0 || base === undefined) return errors
  return coverErrorsOf({ ...claimed, subject: { ...claimed.subject, base } }, choice, context)
}

/** As the mutating webhook saw it: the API server makes the name up afterwards. Undefined where its user gave the name. */
function withoutGeneratedName(object: JsonObject): JsonObject | undefined {
  const { name, ...metadata } = objectAt(object, 'metadata')
  const prefix = stringAt(metadata, 'generateName')
  return prefix !== undefined && typeof name === 'string' && name.startsWith(prefix)
    ? { ...object, metadata }
    : undefined
}

function coverErrorsOf(
  { subject, wanted }: Claimed,
  choice: Choice,
  { scripts }: AdmissionContext,
): readonly FieldError[] {
  const { object, recorded } = subject
  const edits = desiredEdits(toStepInput(subject, wanted, choice, scripts))
  const wrong = edits.flatMap(edit => {
    const problem = problemOf(edit, leafAt(recorded, edit.path), valueAt(object, edit.path))
    return problem === undefined ? [] : [uncovered(edit.path, problem)]
  })
  const wantedPaths = new Set(edits.map(({ path }) => path.join('\n')))
  const tooMuch = [...leavesOf(recorded)].filter(([path, leaf]) => {
    const value = valueAt(object, path)
    return value !== undefined && isOurs(leaf, value) && !wantedPaths.has(path.join('\n'))
  })
  return [...wrong, ...tooMuch.map(([path]) => uncovered(path, 'would add nothing here'))]
}

/** A value that is neither the record's nor the edit's is the user's, or of a webhook that was asked after ours. */
function problemOf(edit: Edit, leaf: Leaf | undefined, value: Json | undefined): string | undefined {
  if (value === undefined) return 'would add a value here'
  if (jsonEqual(value, edit.value)) return undefined
  if (isOurs(leaf, value)) return 'would write another value here'
  const isRecorded = leaf !== undefined && leaf !== 0
  const wouldReplace = edit.merges === true || isUnset(edit.path, value)
  return wouldReplace && !isRecorded ? 'would replace this value' : undefined
}

function uncovered(path: readonly string[], what: string): FieldError {
  const detail = `kaito-native ${what}, and the plan does not say so: somebody else wrote the plan, or another version of kaito-native did; try again without it`
  return { type: 'Invalid', field: keyedFieldPath(path), detail, code: 'PlanForged' }
}

/** On UPDATE: all that gives the pods their nodes is there, and the image that is called ours is one of the preset's. */
export function nodeErrors({ subject, wanted, plan }: Claimed, catalogue: Catalogue): readonly FieldError[] {
  const { kind, object, recorded } = subject
  const metadata = [...kind.templateAt, 'metadata']
  const pod = [...kind.templateAt, 'spec']
  const container = [...pod, 'containers', wanted.reading.containerName]
  const needed = [
    [...metadata, 'labels', WORKLOAD_LABEL],
    [...metadata, 'annotations', PLACEMENT],
    [...container, 'resources', 'limits', GPU_RESOURCE],
    [...container, 'resources', 'requests', GPU_RESOURCE],
    ...(plan.provisioning === 'none' ? [] : [[...pod, 'schedulingGates', GATE_NAME]]),
  ]
  const missing = needed.filter(path => valueAt(object, path) === undefined)
  const image = [...container, 'image']
  const [leaf, value] = [leafAt(recorded, image), valueAt(object, image)]
  const isForeign = value !== undefined && isOurs(leaf, value) && !isOfPreset(value, plan, catalogue)
  return [
    ...missing.map(path => uncovered(path, 'would add a value here')),
    ...(isForeign ? [uncovered(image, 'would write another image here')] : []),
  ]
}

/** One of any revision, or a mirror of it; of a preset that the catalogue no longer knows nobody can tell. */
function isOfPreset(image: Json, { preset: name, mirrors = [] }: Plan, catalogue: Catalogue): boolean {
  const preset = resolvePreset(catalogue, name)
  if (!preset.ok || typeof image !== 'string') return true
  const repository = imageRepository(image)
  return preset.value.preset.revisions.some(revision => {
    const own = imageRepository(revision.image)
    return [own, mirroredImage(own, mirrors)].includes(repository) || isMirrorOf(repository, own)
  })
}
