// Pipeline: sizing. The user's own list: its order stands, the first type that fits decides the shape, and types that
// would need another one are left out with a warning.
import type { FieldError } from '../api/field-error.ts'
import type { Result } from '../api/result.ts'
import type { InstanceType } from '../preset/catalogue.ts'
import { bestEffort } from './best-effort.ts'
import type { Candidate } from './candidate.ts'
import { newestFor, type Need } from './need.ts'
import { toPlaced, type Placed } from './placed.ts'
import { countGpus, explainNodes, explainRefusal } from './refusal.ts'
import type { PlacementRequest } from './request.ts'
import {
  autoTypes,
  candidateOn,
  candidatesAmong,
  isFeasible,
  runsUnchangedOn,
  whyOneNode,
  workingNumbers,
  type Search,
} from './search.ts'
import { isShape, shapeOn, type Refusal, type Shape } from './shape.ts'

/** The placement on types that the user named. */
export function placeListed(
  search: Search,
  request: PlacementRequest,
  types: readonly InstanceType[],
): Result<Placed> {
  const chosen = firstFitting(search, types)
  if (chosen !== undefined) return { ok: true, value: onHosts(search, chosen, types) }
  const errors = types.map(type => doesNotFit(search, request, type))
  return request.bypassChecks ? bestEffort(search, types, errors) : { ok: false, errors }
}

/** One node for a replica goes before several, as with `auto`. */
function firstFitting(search: Search, types: readonly InstanceType[]): Candidate | undefined {
  const candidates = types.flatMap(type => candidateOn(search, type) ?? [])
  return candidates.find(({ shape }) => shape.nodesPerReplica === 1) ?? candidates[0]
}

function onHosts(search: Search, chosen: Candidate, types: readonly InstanceType[]): Placed {
  const hosts: InstanceType[] = []
  const warnings: string[] = []
  for (const type of types) {
    if (type === chosen.type || runsUnchangedOn(chosen, search, type)) hosts.push(type)
    else warnings.push(`instance type ${type.name} is left out: it ${whyLeftOut(search, chosen, type)}`)
  }
  return toPlaced(chosen.need, chosen.shape, hosts, warnings)
}

/** Said of a type that does not fit on its own account, or that fits but not in the chosen shape. */
function whyLeftOut(search: Search, { need, shape }: Candidate, type: InstanceType): string {
  const ownNeed = newestFor(search.needs, type)
  const own = shapeOn(ownNeed, type, search.asked, search.nodes)
  if (!isFeasible(search, own)) return explainVerdict(search, own, ownNeed, type)
  if (ownNeed !== need) return `would run revision ${ownNeed.revision.name} instead of ${need.revision.name}`
  const other = shapeOn(need, type, shape.gpusPerPod, search.nodes)
  if (!isShape(other)) return explainRefusal(other, need, type, shape.gpusPerPod)
  return `would run it with ${describe(other)} instead of ${describe(shape)}`
}

function doesNotFit(search: Search, { fields, preset }: PlacementRequest, type: InstanceType): FieldError {
  const { asked } = search
  const need = newestFor(search.needs, type)
  const numbers = asked === undefined ? [] : workingNumbers(search, [type])
  if (numbers.length > 0) {
    const why = explainVerdict(search, shapeOn(need, type, asked, search.nodes), need, type)
    const detail = `${type.name} ${why}; numbers of GPUs that work there: ${numbers.join(', ')}`
    const code = (asked ?? 0) > type.gpuCount ? 'InvalidGpuCount' : 'DoesNotFit'
    return { type: 'Invalid', field: fields.gpus, value: String(asked), detail, code }
  }
  const unasked = { ...search, asked: undefined }
  const verdict = shapeOn(need, type, undefined, search.nodes)
  const detail = `${explainVerdict(unasked, verdict, need, type)}${alternative(search, preset.name, type)}`
  const code = isShape(verdict) ? 'OneNodeOnly' : 'DoesNotFit'
  return { type: 'Invalid', field: fields.instanceType, value: type.name, detail, code }
}

/** Of a verdict that is not feasible: a refusal, or a shape over several nodes where one is all there may be. */
function explainVerdict(search: Search, verdict: Shape | Refusal, need: Need, type: InstanceType): string {
  if (!isShape(verdict)) return explainRefusal(verdict, need, type, search.asked)
  return `${explainNodes(verdict, need, type)} ${whyOneNode(search)}`
}

/** An older revision that fits this type, and the best type of the same cloud that would do: if possible as asked. */
function alternative(search: Search, preset: string, type: InstanceType): string {
  const types = autoTypes(search.catalogue, type.cloud)
  const best = candidatesAmong(search, types)[0] ?? candidatesAmong({ ...search, asked: undefined }, types)[0]
  const older = search.needs.find(need => isFeasible(search, shapeOn(need, type, search.asked, search.nodes)))
  return [
    ...(older === undefined ? [] : [`; ${preset}@${older.revision.name} would fit`]),
    ...(best === undefined ? [] : [`; ${countGpus(best.shape.gpusPerPod)} of ${best.type.name} would do`]),
  ].join('')
}

function describe({ parallelism: { tensor, pipeline, data }, nodesPerReplica }: Shape): string {
  const nodes = nodesPerReplica === 1 ? '' : ` on ${nodesPerReplica} nodes`
  return `tensor ${tensor}, pipeline ${pipeline}, data ${data} parallelism${nodes}`
}
