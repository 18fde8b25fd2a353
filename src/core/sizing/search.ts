// Pipeline: sizing. A placement that is being looked for: the request as it was understood, and what counts as feasible.
import type { Cloud } from '../api/names.ts'
import type { Catalogue, InstanceType } from '../preset/catalogue.ts'
import { rankedGroups, type Candidate } from './candidate.ts'
import { newestFor, type Need } from './need.ts'
import { hostsShape, isShape, shapeOn, type Refusal, type Shape } from './shape.ts'

export interface Search {
  readonly catalogue: Catalogue
  /** Newest revision first, at least one. */
  readonly needs: readonly Need[]
  /** GPUs that the user's container asks for. */
  readonly asked?: number | undefined
  /** More GPUs for a pod than this are not to be had. */
  readonly maxGpusPerPod?: number | undefined
  /** A replica may span nodes. */
  readonly multiNode: boolean
  /** As many whole nodes, above one. */
  readonly nodes?: number | undefined
  /** What a replica over several nodes would take, where it may not span them. */
  readonly oneNodeReason?: string | undefined
}

/** Said of a shape over several nodes that may not be chosen. */
export function whyOneNode({ oneNodeReason = 'it may not span nodes' }: Search): string {
  return `(${oneNodeReason})`
}

/** True for a shape that may be chosen. */
export function isFeasible(search: Search, verdict: Shape | Refusal): verdict is Shape {
  if (!isShape(verdict) || verdict.gpusPerPod > (search.maxGpusPerPod ?? Infinity)) return false
  return search.multiNode || verdict.nodesPerReplica === 1
}

/** The types that `auto` may choose from. */
export function autoTypes(catalogue: Catalogue, cloud: Cloud): InstanceType[] {
  return catalogue.instanceTypes.filter(type => type.cloud === cloud && type.vendor === 'nvidia')
}

/** The best group of feasible candidates among these types, best first; each type with the newest revision that it runs. */
export function candidatesAmong(search: Search, types: readonly InstanceType[]): readonly Candidate[] {
  const feasible = types.flatMap(type => candidateOn(search, type) ?? [])
  return rankedGroups(feasible, search.needs)[0] ?? []
}

/** The candidate on this type, if it is feasible. */
export function candidateOn(search: Search, type: InstanceType): Candidate | undefined {
  const need = newestFor(search.needs, type)
  const shape = shapeOn(need, type, search.asked, search.nodes)
  return isFeasible(search, shape) ? { need, type, shape } : undefined
}

/** True when pods of the candidate run unchanged on `type`: same revision, GPUs and flags. */
export function runsUnchangedOn({ need, shape }: Candidate, search: Search, type: InstanceType): boolean {
  return newestFor(search.needs, type) === need && hostsShape(need, shape, type, search.nodes)
}

/** Numbers of GPUs for a pod that would work on at least one of these types, ascending. */
export function workingNumbers(search: Search, types: readonly InstanceType[]): number[] {
  const numbers = new Set<number>()
  for (const type of types) {
    for (let asked = 1; asked <= type.gpuCount; asked += 1) {
      if (candidateOn({ ...search, asked }, type) !== undefined) numbers.add(asked)
    }
  }
  return [...numbers].toSorted((a, b) => a - b)
}
