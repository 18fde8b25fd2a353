// Pipeline: sizing. Fine-tuning: one pod on one node, with all GPUs of the node unless the user's container asks for a
// number, as upstream has it. A type that the user names is taken whatever its memory, with a warning: upstream's figures
// are for its own defaults, and its own example asks for a V100.
import type { FieldError } from '../api/field-error.ts'
import type { Runtime } from '../api/names.ts'
import type { Result } from '../api/result.ts'
import type { Catalogue, InstanceType, Preset, PresetRevision, TuningSpec } from '../preset/catalogue.ts'
import { autoOrder, rankedGroups, type Candidate } from './candidate.ts'
import { resolveInstanceTypes } from './instance-types.ts'
import { newestFor, runsOn, type Need } from './need.ts'
import { toPlaced, type Placed } from './placed.ts'
import { countGpus, explainRefusal } from './refusal.ts'
import type { PlacementRequest } from './request.ts'
import { autoTypes } from './search.ts'
import type { Refusal } from './shape.ts'

/** The place of the trainer, or every reason why there is none. */
export function placeTuning(request: PlacementRequest, catalogue: Catalogue): Result<Placed> {
  const { preset, instanceTypes, fields } = request
  const needs = tunableRevisions(preset, request.revision).map(needOf)
  const listed = resolveInstanceTypes(instanceTypes, catalogue, fields.instanceType)
  const errors = [...(needs.length === 0 ? [notTunable(request, catalogue)] : []), ...listed.errors]
  if (errors.length > 0) return { ok: false, errors }
  return instanceTypes.length === 0
    ? onAnyType(request, needs, request.existing ?? autoTypes(catalogue, request.cloud))
    : onListedTypes(request, needs, listed.types)
}

function tunableRevisions({ revisions }: Preset, pinned: string | undefined): readonly PresetRevision[] {
  return revisions.filter(({ name, tuning }) => tuning !== undefined && (pinned ?? name) === name)
}

/** No server runs; the runtime is the one whose library trains, where the revision has it. */
function needOf(revision: PresetRevision): Need {
  const runtime: Runtime = revision.runtimes.transformers === undefined ? 'vllm' : 'transformers'
  return { revision, runtime, contextTokens: 0 }
}

function notTunable({ preset, revision, fields }: PlacementRequest, catalogue: Catalogue): FieldError {
  const names = catalogue.presets
    .filter(one => tunableRevisions(one, undefined).length > 0)
    .map(({ name }) => JSON.stringify(name))
  const value = revision === undefined ? preset.name : `${preset.name}@${revision}`
  const detail = `cannot be fine-tuned; supported values: ${names.join(', ')}`
  return { type: 'NotSupported', field: fields.preset, value, detail, code: 'NotTunable' }
}

function onListedTypes(
  request: PlacementRequest,
  needs: readonly Need[],
  types: readonly InstanceType[],
): Result<Placed> {
  const [chosen] = types.flatMap(type => candidateOn(request, needs, type) ?? [])
  if (chosen === undefined) return { ok: false, errors: types.map(type => refused(request, needs, type)) }
  const hosts = types.filter(type => runsUnchanged(chosen, needs, type))
  const warnings = types
    .filter(type => !hosts.includes(type))
    .map(type => `instance type ${type.name} is left out: it ${whyLeftOut(request, needs, chosen, type)}`)
  const small = hosts.flatMap(type => smallWarning(chosen, type) ?? [])
  return { ok: true, value: toPlaced(chosen.need, chosen.shape, hosts, [...warnings, ...small]) }
}

/** Where pods of the candidate run as they are. */
function runsUnchanged(
  { need, shape, type: first }: Candidate,
  needs: readonly Need[],
  type: InstanceType,
): boolean {
  return (
    type === first ||
    (runsOn(need.revision, type) && newestFor(needs, type) === need && type.gpuCount >= shape.gpusPerPod)
  )
}

function whyLeftOut(
  request: PlacementRequest,
  needs: readonly Need[],
  { need, shape }: Candidate,
  type: InstanceType,
): string {
  const own = newestFor(needs, type)
  const refusal = refusalOn(request, own, type)
  if (refusal !== undefined) return explainRefusal(refusal, own, type, request.gpusPerPod)
  if (own !== need) return `would run revision ${own.revision.name} instead of ${need.revision.name}`
  return explainRefusal('FewerGpusOnNode', need, type, shape.gpusPerPod)
}

function smallWarning({ need, shape }: Candidate, type: InstanceType): string | undefined {
  const spec = specOf(need)
  if (hasMemory(spec, shape.gpusPerPod, type)) return undefined
  return `${type.name} has ${countGpus(shape.gpusPerPod, type)} for the trainer, and upstream tunes it ${figures(spec)}: it may run out of memory`
}

function refused(request: PlacementRequest, needs: readonly Need[], type: InstanceType): FieldError {
  const need = newestFor(needs, type)
  const refusal = refusalOn(request, need, type) ?? 'OtherVendor'
  const detail = explainRefusal(refusal, need, type, request.gpusPerPod)
  const { fields, gpusPerPod } = request
  if (refusal === 'FewerGpusOnNode') {
    return {
      type: 'Invalid',
      field: fields.gpus,
      value: String(gpusPerPod),
      detail: `${type.name} ${detail}`,
      code: 'InvalidGpuCount',
    }
  }
  return { type: 'Invalid', field: fields.instanceType, value: type.name, detail, code: 'DoesNotFit' }
}

function onAnyType(
  request: PlacementRequest,
  needs: readonly Need[],
  types: readonly InstanceType[],
): Result<Placed> {
  const candidates = types
    .flatMap(type => candidateOn(request, needs, type) ?? [])
    .filter(({ need, shape, type }) => hasMemory(specOf(need), shape.gpusPerPod, type))
    .filter(({ shape }) => shape.gpusPerPod <= (request.maxGpusPerPod ?? Infinity))
  const [group = []] = rankedGroups(candidates, needs)
  const [best] = group
  if (best === undefined) return { ok: false, errors: [nothingFits(request, needs)] }
  const fallbacks = group
    .filter(({ type, shape }) => type !== best.type && shape.gpusPerPod === best.shape.gpusPerPod)
    .filter(({ type }) => type.gpuMemoryGiB >= best.type.gpuMemoryGiB)
    .toSorted(autoOrder(group))
  const hosts = [best.type, ...fallbacks.map(({ type }) => type)]
  return { ok: true, value: toPlaced(best.need, best.shape, hosts, []) }
}

function nothingFits(
  { preset, cloud, existing, gpusPerPod, fields }: PlacementRequest,
  needs: readonly Need[],
): FieldError {
  const [need] = needs
  const where = existing === undefined ? `${cloud} instance type of the catalogue` : 'GPU node of the cluster'
  const asked = gpusPerPod === undefined ? '' : ` with ${countGpus(gpusPerPod)} for the trainer`
  const wanted = need === undefined ? '' : `: upstream tunes it ${figures(specOf(need))}`
  const detail = `${preset.name} can be tuned on no ${where}${asked}${wanted}; name a type to try a smaller one`
  return { type: 'Invalid', field: fields.instanceType, value: 'auto', detail, code: 'DoesNotFit' }
}

function candidateOn(
  request: PlacementRequest,
  needs: readonly Need[],
  type: InstanceType,
): Candidate | undefined {
  const need = newestFor(needs, type)
  if (refusalOn(request, need, type) !== undefined) return undefined
  const gpusPerPod = request.gpusPerPod ?? type.gpuCount
  const podsPerNode = Math.floor(type.gpuCount / gpusPerPod)
  // One process for each GPU, each with the whole model.
  const parallelism = { tensor: 1, pipeline: 1, data: gpusPerPod }
  return { need, type, shape: { gpusPerPod, podsPerNode, nodesPerReplica: 1, parallelism } }
}

function refusalOn(
  { gpusPerPod, bypassChecks }: PlacementRequest,
  { revision }: Need,
  type: InstanceType,
): Refusal | undefined {
  if (type.vendor !== 'nvidia') return 'OtherVendor'
  if (!runsOn(revision, type) && !bypassChecks) return 'OldGpu'
  return gpusPerPod !== undefined && gpusPerPod > type.gpuCount ? 'FewerGpusOnNode' : undefined
}

function hasMemory(spec: TuningSpec, gpus: number, { gpuMemoryGiB }: InstanceType): boolean {
  const { totalGpuMemoryGiB, gpuCount, perGpuMemoryGiB = 0 } = spec
  return gpus >= gpuCount && gpuMemoryGiB >= perGpuMemoryGiB && gpus * gpuMemoryGiB >= totalGpuMemoryGiB
}

function figures({ gpuCount, totalGpuMemoryGiB, perGpuMemoryGiB = 0 }: TuningSpec): string {
  const each = gpuCount === 1 ? '' : `, ${perGpuMemoryGiB} GiB each`
  return `on ${countGpus(gpuCount)} with ${totalGpuMemoryGiB} GiB of memory${each}`
}

function specOf({ revision }: Need): TuningSpec {
  return revision.tuning ?? { totalGpuMemoryGiB: 0, gpuCount: 1, diskGiB: revision.diskGiB }
}
