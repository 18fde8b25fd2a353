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
import { placeTuning } from '../sizing/place-tuning.ts'
import { mirrorsOf, type NamespacePolicies } from '../policy/namespace-policies.ts'
import type { PlacementRequest } from '../sizing/request.ts'
import { GPU_RESOURCE } from '../template/steps/gpu.ts'
import { isReadyWeights } from '../template/steps/weights.ts'
import type { Choice, TemplateReading } from '../template/step.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { toChoice } from './choice.ts'
import type { AdmissionContext } from './context.ts'
import { largeNodeWarnings } from './large-node-warnings.ts'
import { catalogueFor, existingNodeWarnings, existingTypes } from './existing-nodes.ts'
import { keepsGate, keepsToTypes, placeWithin } from './policy-choice.ts'

/** What a Deployment is told whose model needs several nodes. */
export const NEEDS_STATEFUL_SET =
  'more than one node per replica takes a StatefulSet whose spec.replicas is the number of nodes'

/** What the user wants: all that a decision needs besides the catalogue. */
export interface Wanted {
  readonly intent: Intent
  readonly reading: TemplateReading
  /** Those of its namespace. */
  readonly policies: NamespacePolicies
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
  const { intent, policies } = wanted
  const annotations = annotationsPath(kind)
  const provisioning = intent.provisioning ?? context.facts.provisioning
  const catalogue = catalogueFor(context, provisioning)
  const preset = presetOf(intent, catalogue, annotations)
  if (!preset.ok) return fail(...preset.errors, ...instanceTypeErrors(intent, catalogue, annotations))
  const request = placementRequest(kind, preset.value, wanted, context)
  const place = intent.source['tuning-method'] === undefined ? placeReplica : placeTuning
  const existing = existingTypes(context, provisioning)
  const placed = placeWithin(place, { ...request, existing }, catalogue, policies)
  const server = placed.ok ? placed.value : askedServer(preset.value, wanted)
  const errors = [
    ...(placed.ok ? [] : placed.errors),
    ...combinationErrors(intent, server, annotations),
    ...(kind.runsToCompletion ? [] : adapterNameErrors(intent, server, annotations)),
  ]
  if (!placed.ok || errors.length > 0) return fail(...errors)
  const { imageVolumes } = context.facts
  const gated = provisioning !== 'none' || keepsGate(policies)
  const ofPolicies = { mirrors: mirrorsOf(policies), typesOnly: keepsToTypes(policies) }
  const means = { provisioning, imageVolumes, gated, ...ofPolicies }
  const { placement, revision, runtime } = placed.value
  const choice = toChoice(preset.value, { placement, revision, runtime, ...means }, catalogue)
  const warnings = [
    ...placed.value.warnings,
    ...existingNodeWarnings(intent, context, provisioning),
    ...largeNodeWarnings(intent, placed.value, catalogue),
    ...choiceWarnings(intent, preset.value, placed.value),
  ]
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
  kind: WorkloadKind,
  preset: Preset,
  { intent, reading }: Wanted,
  { facts }: AdmissionContext,
): PlacementRequest {
  const annotations = annotationsPath(kind)
  return {
    preset,
    revision: pinnedRevision(intent, preset, reading),
    runtime: intent.runtime,
    contextTokens: intent.maxModelLen,
    instanceTypes: intent.instanceTypes,
    gpusPerPod: reading.gpus,
    cloud: facts.cloud,
    bypassChecks: intent.bypassResourceChecks,
    ...nodesOf(kind, intent),
    fields: {
      preset: annotationField(annotations, 'preset'),
      runtime: annotationField(annotations, 'runtime'),
      maxModelLen: annotationField(annotations, 'max-model-len'),
      instanceType: annotationField(annotations, 'instance-type'),
      gpus: `${reading.containerField}.resources.limits[${GPU_RESOURCE}]`,
    },
  }
}

/** Several nodes are for kinds whose pods know each other, and for users who do not say `1`. */
function nodesOf(
  kind: WorkloadKind,
  { nodesPerReplica }: Intent,
): Pick<PlacementRequest, 'multiNode' | 'nodes' | 'oneNodeReason'> {
  if (!kind.hasOrdinals) return { multiNode: false, oneNodeReason: NEEDS_STATEFUL_SET }
  const oneNodeReason = `${PREFIX}nodes-per-replica says 1`
  const isSeveral = nodesPerReplica !== undefined && nodesPerReplica > 1
  return { multiNode: nodesPerReplica !== 1, oneNodeReason, nodes: isSeveral ? nodesPerReplica : undefined }
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
  readonly revision: Pick<PresetRevision, 'name' | 'adapters' | 'runtimes' | 'servedModelName'> | undefined
}

function askedServer(preset: Preset, { intent, reading }: Wanted): Server {
  const name = pinnedRevision(intent, preset, reading)
  return { runtime: intent.runtime, revision: preset.revisions.find(revision => revision.name === name) }
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
  const isServer = intent.source['tuning-method'] === undefined
  if (isServer && intent.apiKeySecret !== undefined && runtime === 'transformers')
    forbid('api-key-secret', 'only the vllm runtime asks its clients for a key')
  if (isServer && intent.maxModelLen !== undefined && runtime === 'transformers')
    forbid('max-model-len', 'only the vllm runtime takes a context length')
  if (intent.weights !== undefined && revision?.name === 'kaito-0.4') {
    forbid('weights', 'images of revision kaito-0.4 bring their weights or load them by themselves')
  }
  // Upstream's limit is one of its vLLM server; transformers loads them all the same (KAITO v0.12.0 pkg/model/interface.go).
  if (isServer && intent.adapters.length > 0 && revision?.adapters === false && runtime === 'vllm') {
    const remedy = revision.runtimes.transformers === undefined ? '' : `: use ${PREFIX}runtime: transformers`
    forbid('adapters', `the vllm runtime has none for this model${remedy}`)
  }
  return errors
}

/** Clients say in `model` whom they mean, and vLLM answers for the first of that name. */
function adapterNameErrors(
  { adapters }: Intent,
  { runtime, revision }: Server,
  annotations: string,
): readonly FieldError[] {
  return adapters.flatMap(({ name }, index): FieldError[] => {
    if (runtime !== 'vllm' || name !== revision?.servedModelName) return []
    const field = `${annotationField(annotations, 'adapters')}[${index}].name`
    const detail = 'the model itself is served under this name'
    return [{ type: 'Duplicate', field, value: name, detail, code: 'InvalidAnnotation' }]
  })
}

function choiceWarnings(intent: Intent, preset: Preset, placed: Placed): string[] {
  const { revision } = placed
  const ready = revision.weightsInImage || isReadyWeights(intent.weights) || bringsWeights(intent, revision)
  return [
    ...(preset.gated && !ready && intent.modelAccessSecret === undefined
      ? [
          `${preset.name} is gated on Hugging Face: without ${PREFIX}model-access-secret the download will fail`,
        ]
      : []),
    ...(intent.config !== undefined && placed.runtime !== 'vllm' && intent.tuning === undefined
      ? [`${PREFIX}config is read by the vllm runtime only`]
      : []),
  ]
}

/** The trainer's weights come as an artifact of upstream's. */
function bringsWeights({ tuning }: Intent, revision: PresetRevision): boolean {
  return tuning !== undefined && revision.tuning?.weightsImage !== undefined
}
