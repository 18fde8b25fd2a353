// Pipeline: sizing. Feasible shapes and the order in which `auto` prefers them.
import type { InstanceType } from '../preset/catalogue.ts'
import type { Need } from './need.ts'
import type { Shape } from './shape.ts'

/** A need that has its place. */
export interface Candidate {
  readonly need: Need
  readonly type: InstanceType
  readonly shape: Shape
}

/**
 * Candidates in the groups in which they compete, best group first and best first in each: one node for a replica before
 * several, and an older revision only where no type runs a newer one. Each group has its own order, because a price
 * counts only where all that compete have one.
 */
export function rankedGroups(candidates: readonly Candidate[], needs: readonly Need[]): Candidate[][] {
  return [true, false]
    .flatMap(oneNode =>
      needs.map(need => candidates.filter(c => c.need === need && isOnOneNode(c) === oneNode)),
    )
    .filter(group => group.length > 0)
    .map(group => group.toSorted(autoOrder(group)))
}

/**
 * Best first. What decides, until something differs: the price of a replica if every candidate has one, else the GPU
 * memory that it occupies (a price beside none says nothing); its GPUs; the size of the node (an empty rest costs
 * too); the name, so that the catalogue's order never matters.
 */
export function autoOrder(feasible: readonly Candidate[]): (a: Candidate, b: Candidate) => number {
  const cost = feasible.every(({ type }) => type.pricePerHour !== undefined) ? replicaPrice : replicaMemoryGiB
  return (a, b) =>
    cost(a) - cost(b) ||
    replicaGpus(a) - replicaGpus(b) ||
    a.type.gpuCount - b.type.gpuCount ||
    compareNames(a.type.name, b.type.name)
}

/** Code-unit order: the same everywhere, whatever the locale. */
export function compareNames(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function isOnOneNode({ shape }: Candidate): boolean {
  return shape.nodesPerReplica === 1
}

function replicaPrice({ type, shape }: Candidate): number {
  return ((type.pricePerHour ?? 0) * shape.nodesPerReplica) / shape.podsPerNode
}

function replicaMemoryGiB(candidate: Candidate): number {
  return replicaGpus(candidate) * candidate.type.gpuMemoryGiB
}

function replicaGpus({ shape }: Candidate): number {
  return shape.gpusPerPod * shape.nodesPerReplica
}
