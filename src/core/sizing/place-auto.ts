// Pipeline: sizing. `auto`: the cheapest feasible shape of one cloud, then the other types that host the same shape.
import type { FieldError } from '../api/field-error.ts'
import type { Result } from '../api/result.ts'
import type { InstanceType } from '../preset/catalogue.ts'
import { bestEffort } from './best-effort.ts'
import { autoOrder, compareNames, type Candidate } from './candidate.ts'
import { newestFor, runsOn } from './need.ts'
import { toPlaced, type Placed } from './placed.ts'
import { explainNodes, explainRefusal } from './refusal.ts'
import type { PlacementRequest } from './request.ts'
import {
  autoTypes,
  candidatesAmong,
  runsUnchangedOn,
  whyOneNode,
  workingNumbers,
  type Search,
} from './search.ts'
import { isShape, shapeOn } from './shape.ts'

/** The placement that `instance-type: auto` stands for. */
export function placeAuto(search: Search, request: PlacementRequest): Result<Placed> {
  const types = request.existing ?? autoTypes(search.catalogue, request.cloud)
  const candidates = candidatesAmong(search, types)
  const best = candidates[0]
  if (best !== undefined) {
    const hosts = [best.type, ...fallbacksOf(search, best, candidates)]
    return { ok: true, value: toPlaced(best.need, best.shape, hosts, []) }
  }
  const errors = [nothingFits(search, request, types)]
  return request.bypassChecks
    ? bestEffort(search, bySize(search, types).slice(0, 1), errors)
    : { ok: false, errors }
}

/** Other candidates that run the best one's pods unchanged, with at least its memory for each GPU. */
function fallbacksOf(search: Search, best: Candidate, candidates: readonly Candidate[]): InstanceType[] {
  const { need, shape } = best
  return candidates
    .filter(({ type }) => type !== best.type && type.gpuMemoryGiB >= best.type.gpuMemoryGiB)
    .filter(({ type }) => runsUnchangedOn(best, search, type))
    .map(({ type }) => ({
      need,
      type,
      shape: { ...shape, podsPerNode: Math.floor(type.gpuCount / shape.gpusPerPod) },
    }))
    .toSorted(autoOrder(candidates))
    .map(({ type }) => type)
}

function nothingFits(search: Search, request: PlacementRequest, types: readonly InstanceType[]): FieldError {
  const { fields, preset } = request
  const { asked } = search
  const numbers = asked === undefined ? [] : workingNumbers(search, types)
  if (asked !== undefined && numbers.length > 0) {
    const detail = `${preset.name} does not run on this number of GPUs of any ${candidatesName(request)}; numbers that work: ${numbers.join(', ')}`
    const code = types.every(({ gpuCount }) => gpuCount < asked) ? 'InvalidGpuCount' : 'DoesNotFit'
    return { type: 'Invalid', field: fields.gpus, value: String(asked), detail, code }
  }
  return { type: 'Invalid', field: fields.instanceType, value: 'auto', ...whyNone(search, request, types) }
}

function whyNone(
  search: Search,
  request: PlacementRequest,
  types: readonly InstanceType[],
): Pick<FieldError, 'detail' | 'code'> {
  const start = `${request.preset.name} fits no ${candidatesName(request)}${inCatalogue(request)}`
  const largest = bySize(search, types)[0]
  if (largest === undefined) {
    return {
      detail: `${start}: it has none with NVIDIA GPUs; name an instance type of another cloud`,
      code: 'DoesNotFit',
    }
  }
  const overNodes = search.multiNode
    ? undefined
    : candidatesAmong({ ...search, asked: undefined, multiNode: true }, types)[0]
  if (overNodes !== undefined) {
    const why = `${overNodes.type.name} ${explainNodes(overNodes.shape, overNodes.need, overNodes.type)}`
    return {
      detail: `${start} on one node: ${why} ${whyOneNode(search)}`,
      code: 'OneNodeOnly',
    }
  }
  const need = newestFor(search.needs, largest)
  const verdict = shapeOn(need, largest, undefined, search.nodes)
  const why = isShape(verdict) ? '' : `: even ${largest.name} ${explainRefusal(verdict, need, largest)}`
  return { detail: `${start}${why}`, code: 'DoesNotFit' }
}

/** What `auto` chooses from, in the singular. */
function candidatesName({ cloud, existing }: PlacementRequest): string {
  return existing === undefined ? `${cloud} instance type` : 'GPU node of the cluster'
}

function inCatalogue({ existing }: PlacementRequest): string {
  if (existing === undefined) return ' of the catalogue'
  const nodes = existing.map(({ name, gpuCount, gpu, gpuMemoryGiB }) => {
    return `${name}: ${gpuCount} × ${gpu} of ${gpuMemoryGiB} GiB`
  })
  return ` (${nodes.join('; ')})`
}

/** Types that come nearest to fitting first: GPUs that run the model, as many as are asked for, the most memory. */
function bySize({ needs, asked = 1 }: Search, types: readonly InstanceType[]): InstanceType[] {
  const rank = (type: InstanceType): number =>
    (runsOn(newestFor(needs, type).revision, type) ? 2 : 0) + (type.gpuCount >= asked ? 1 : 0)
  return types.toSorted(
    (a, b) => rank(b) - rank(a) || totalMemoryGiB(b) - totalMemoryGiB(a) || compareNames(a.name, b.name),
  )
}

function totalMemoryGiB({ gpuCount, gpuMemoryGiB }: InstanceType): number {
  return gpuCount * gpuMemoryGiB
}
