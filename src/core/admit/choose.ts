// Pipeline: admit. Intent × template × catalogue → the choice that the steps render, or every mistake at once.
import { PREFIX, type AnnotationName } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { imageRepository } from '../api/image.ts'
import { REVISIONS, type RevisionName, type Runtime } from '../api/names.ts'
import { fail, ok, type Result } from '../api/result.ts'
import type { Intent } from '../intent/intent.ts'
import type { Catalogue, Preset, PresetRevision } from '../preset/catalogue.ts'
import { presetFieldError } from '../preset/preset-field-error.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { resolveInstanceTypes } from '../sizing/instance-types.ts'
import { placeReplica } from '../sizing/place-replica.ts'
import type { Placed } from '../sizing/placed.ts'
import type { PlacementRequest } from '../sizing/request.ts'
import { GPU_RESOURCE } from '../template/steps/gpu.ts'
import type { Choice, TemplateReading } from '../template/step.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { toChoice } from './choice.ts'
import type { AdmissionContext } from './context.ts'

/** What the user wants: all that a decision needs besides the catalogue. */
export interface Wanted {
  readonly intent: Intent
  readonly reading: TemplateReading
}

export interface Chosen {
  readonly choice: Choice
  readonly warnings: readonly string[]
}

/** Field path of one of our annotations. */
export function annotationField(annotations: string, name: AnnotationName): string {
  return `${annotations}[${PREFIX}${name}]`
}

/** The choice for this intent from today's catalogue, or every mistake that only the catalogue can tell. */
export function choose(kind: WorkloadKind, wanted: Wanted, context: AdmissionContext): Result<Chosen> {
  const { intent } = wanted
  const annotations = annotationsPath(kind)
  const preset = presetOf(intent, context.catalogue, annotations)
  if (!preset.ok) {
    const types = instanceTypeErrors(intent, context.catalogue, annotations)
    return fail(...preset.errors, ...types)
  }
  const placed = placeReplica(placementRequest(preset.value, wanted, context, annotations), context.catalogue)
  const server = placed.ok ? placed.value : askedServer(preset.value, wanted)
  const errors = [...(placed.ok ? [] : placed.errors), ...combinationErrors(intent, server, annotations)]
  if (!placed.ok || errors.length > 0) return fail(...errors)
  const provisioning = intent.provisioning ?? context.facts.provisioning
  const choice = toChoice(preset.value, { ...placed.value, provisioning }, context.catalogue)
  const warnings = [...placed.value.warnings, ...choiceWarnings(intent, preset.value, placed.value)]
  return ok({ choice, warnings })
}

/** Names of instance types that the catalogue does not know. */
export function instanceTypeErrors(
  { instanceTypes }: Pick<Intent, 'instanceTypes'>,
  catalogue: Catalogue,
  annotations: string,
): readonly FieldError[] {
  return resolveInstanceTypes(instanceTypes, catalogue, annotationField(annotations, 'instance-type')).errors
}

function presetOf({ preset }: Intent, catalogue: Catalogue, annotations: string): Result<Preset> {
  const { name, revision } = preset
  const resolved = resolvePreset(catalogue, revision === undefined ? name : `${name}@${revision}`)
  if (resolved.ok) return ok(resolved.value.preset)
  return fail(presetFieldError(resolved.problem, annotationField(annotations, 'preset')))
}

function placementRequest(
  preset: Preset,
  { intent, reading }: Wanted,
  { facts }: AdmissionContext,
  annotations: string,
): PlacementRequest {
  return {
    preset,
    revision: pinnedRevision(intent, preset, reading),
    runtime: intent.runtime,
    contextTokens: intent.maxModelLen,
    instanceTypes: intent.instanceTypes,
    gpusPerPod: reading.gpus,
    cloud: facts.cloud,
    bypassChecks: intent.bypassResourceChecks,
    multiNode: false,
    fields: {
      preset: annotationField(annotations, 'preset'),
      runtime: annotationField(annotations, 'runtime'),
      maxModelLen: annotationField(annotations, 'max-model-len'),
      instanceType: annotationField(annotations, 'instance-type'),
      gpus: `${reading.containerField}.resources.limits[${GPU_RESOURCE}]`,
    },
  }
}

/** The user's `@revision`; else the revision whose own image the user's container runs. */
function pinnedRevision(
  { preset: { revision } }: Intent,
  preset: Preset,
  { repository }: TemplateReading,
): RevisionName | undefined {
  if (revision !== undefined) return REVISIONS.find(name => name === revision.toLowerCase())
  if (repository === undefined) return undefined
  return preset.revisions.find(({ image }) => imageRepository(image) === repository)?.name
}

/** What is known of the server before it is placed. */
interface Server {
  readonly runtime: Runtime | undefined
  readonly revision: Pick<PresetRevision, 'name'> | undefined
}

function askedServer(preset: Preset, { intent, reading }: Wanted): Server {
  const name = pinnedRevision(intent, preset, reading)
  return { runtime: intent.runtime, revision: name === undefined ? undefined : { name } }
}

function combinationErrors(intent: Intent, { runtime, revision }: Server, annotations: string): FieldError[] {
  const errors: FieldError[] = []
  const forbid = (name: AnnotationName, detail: string): void => {
    errors.push({
      type: 'Forbidden',
      field: annotationField(annotations, name),
      detail,
      code: 'InvalidAnnotation',
    })
  }
  if (intent.apiKeySecret !== undefined && runtime === 'transformers')
    forbid('api-key-secret', 'only the vllm runtime asks its clients for a key')
  if (intent.maxModelLen !== undefined && runtime === 'transformers')
    forbid('max-model-len', 'only the vllm runtime takes a context length')
  if (intent.weights !== undefined && revision?.name === 'kaito-0.4') {
    forbid('weights', 'images of revision kaito-0.4 bring their weights or load them by themselves')
  }
  return errors
}

function choiceWarnings(intent: Intent, preset: Preset, placed: Placed): string[] {
  const ready =
    placed.revision.weightsInImage || (intent.weights?.kind === 'claim' && intent.weights.path !== undefined)
  return [
    ...(preset.gated && !ready && intent.modelAccessSecret === undefined
      ? [
          `${preset.name} is gated on Hugging Face: without ${PREFIX}model-access-secret the download will fail`,
        ]
      : []),
    ...(intent.config !== undefined && placed.runtime !== 'vllm'
      ? [`${PREFIX}config is read by the vllm runtime only`]
      : []),
  ]
}
