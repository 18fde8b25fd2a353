// Pipeline: need × instance types → the table of `kaito-native fit`: the same decisions as placement, for every type, with
// the reason for each.
import { formatFieldError } from '../api/field-error.ts'
import type { Cloud, RevisionName, Runtime } from '../api/names.ts'
import type { Parallelism } from '../api/plan.ts'
import type { Catalogue, InstanceType, Preset } from '../preset/catalogue.ts'
import { compareNames, rankedGroups, type Candidate } from './candidate.ts'
import { knownInstanceTypes } from './instance-types.ts'
import { newestFor, type Need } from './need.ts'
import { countGpus, explainNodes, explainRefusal } from './refusal.ts'
import { resolveNeeds } from './resolve-needs.ts'
import { workingNumbers } from './search.ts'
import { isShape, shapeOn } from './shape.ts'

export interface FitQuery {
  /** Whose instance types are shown, where none are named. */
  readonly cloud: Cloud | 'any'
  /** Only these types, of whatever cloud; unknown names give no row (resolveInstanceTypes gives their errors). */
  readonly instanceTypes?: readonly string[] | undefined
  readonly gpusPerPod?: number | undefined
  readonly runtime?: Runtime | undefined
  readonly revision?: RevisionName | undefined
  readonly contextTokens?: number | undefined
}

/** One line of the table. Where it does not fit, all numbers of the shape are 0. */
export interface FitRow {
  readonly instanceType: string
  readonly cloud: Cloud
  readonly gpu: string
  readonly gpuCount: number
  readonly gpuMemoryGiB: number
  readonly fits: boolean
  /** A sentence: what it takes, or why it does not fit. */
  readonly reason: string
  readonly gpusPerPod: number
  readonly podsPerNode: number
  readonly nodesPerReplica: number
  readonly parallelism: Parallelism
  /** The revision that the type was measured against. */
  readonly revision: RevisionName
  readonly pricePerHour?: number
}

const NO_SHAPE = {
  gpusPerPod: 0,
  podsPerNode: 0,
  nodesPerReplica: 0,
  parallelism: { tensor: 0, pipeline: 0, data: 0 },
} as const
const FIELDS = { preset: 'preset', runtime: 'runtime', maxModelLen: 'max-model-len' } as const

/**
 * Best first: one node for a replica before several, newer revisions before older ones, each in the order of `auto`; then
 * the types that do not fit, by name. The first row is what `auto` chooses.
 */
export function fitRows(preset: Preset, catalogue: Catalogue, query: FitQuery): FitRow[] {
  const types = selectedTypes(catalogue, query)
  const needs = resolveNeeds({ preset, ...query }, FIELDS)
  if (!needs.ok)
    return types.map(type => impossibleRow(type, preset, needs.errors.map(formatFieldError).join('; ')))
  const candidates: Candidate[] = []
  const refused: FitRow[] = []
  for (const type of types) {
    const need = newestFor(needs.value, type)
    const shape = shapeOn(need, type, query.gpusPerPod)
    if (isShape(shape)) candidates.push({ need, type, shape })
    else refused.push(refusedRow(need, type, whyRefused(catalogue, need, type, query.gpusPerPod)))
  }
  return [...rankedGroups(candidates, needs.value).flat().map(fittingRow), ...refused]
}

function selectedTypes(catalogue: Catalogue, { instanceTypes, cloud }: FitQuery): InstanceType[] {
  const types =
    instanceTypes === undefined || instanceTypes.length === 0
      ? catalogue.instanceTypes.filter(type => cloud === 'any' || type.cloud === cloud)
      : [...new Set(knownInstanceTypes(instanceTypes, catalogue))]
  return types.toSorted((a, b) => compareNames(a.name, b.name))
}

function fittingRow({ need, type, shape }: Candidate): FitRow {
  const { gpusPerPod, podsPerNode, nodesPerReplica } = shape
  const sharing = podsPerNode > 1 ? `; ${podsPerNode} pods share a node` : ''
  const clause =
    nodesPerReplica > 1 ? explainNodes(shape, need, type) : `fits on ${countGpus(gpusPerPod, type)}${sharing}`
  return {
    ...typeColumns(type),
    fits: true,
    reason: sentence(clause),
    ...shape,
    ...lastColumns(type, need.revision.name),
  }
}

function refusedRow(need: Need, type: InstanceType, clause: string): FitRow {
  return {
    ...typeColumns(type),
    fits: false,
    reason: sentence(clause),
    ...NO_SHAPE,
    ...lastColumns(type, need.revision.name),
  }
}

function impossibleRow(type: InstanceType, { revisions }: Preset, clause: string): FitRow {
  const revision = revisions[0]?.name ?? 'kaito-0.12'
  return {
    ...typeColumns(type),
    fits: false,
    reason: sentence(clause),
    ...NO_SHAPE,
    ...lastColumns(type, revision),
  }
}

function whyRefused(catalogue: Catalogue, need: Need, type: InstanceType, asked: number | undefined): string {
  const verdict = shapeOn(need, type, asked)
  const why = isShape(verdict) ? '' : explainRefusal(verdict, need, type, asked)
  const search = { catalogue, needs: [need], multiNode: true }
  const numbers = asked === undefined ? [] : workingNumbers(search, [type])
  return numbers.length === 0 ? why : `${why}; numbers of GPUs that work: ${numbers.join(', ')}`
}

function typeColumns({ name, cloud, gpu, gpuCount, gpuMemoryGiB }: InstanceType) {
  return { instanceType: name, cloud, gpu, gpuCount, gpuMemoryGiB }
}

function lastColumns(
  { pricePerHour }: InstanceType,
  revision: RevisionName,
): Pick<FitRow, 'revision' | 'pricePerHour'> {
  return pricePerHour === undefined ? { revision } : { revision, pricePerHour }
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`
}
