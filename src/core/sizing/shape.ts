// Pipeline: sizing. One need on one instance type → its shape, or why not. The hot path: refusals are names, and become
// sentences (refusal.ts) only where somebody reads them.
import type { Placement } from '../api/plan.ts'
import type { InstanceType } from '../preset/catalogue.ts'
import { generationOf, neededGpus, runsOn, type Need } from './need.ts'
import { acceptsTensor, parallelismFor } from './parallelism.ts'

/** What a replica takes of one instance type. */
export type Shape = Omit<Placement, 'instanceTypes'>

export type Refusal =
  | 'OtherVendor'
  | 'OldGpu'
  /** No number of these GPUs would do. */
  | 'SmallGpu'
  /** More nodes would do, but this server cannot span nodes. */
  | 'SmallNode'
  /** Several nodes are asked for, and this server cannot span them. */
  | 'OneNodeServer'
  /** More nodes are needed than asked for. */
  | 'TooFewNodes'
  /** Several nodes are asked for, but only a part of their GPUs. */
  | 'PartOfNode'
  /** Memory would do, but there is no parallelism at which the server starts. */
  | 'Unsplittable'
  /** The pod asks for more GPUs than a node has. */
  | 'FewerGpusOnNode'
  /** The pod asks for fewer GPUs than the model takes. */
  | 'TooFewAsked'

/** True for a shape, false for a refusal. */
export function isShape(verdict: Shape | Refusal): verdict is Shape {
  return typeof verdict === 'object'
}

/**
 * The shape on this type: exactly `gpusPerPod` GPUs where the user's container asks for a number, else the fewest that
 * fit, else whole nodes as many as it takes (`nodesPerReplica` > 1); with `nodes` as many whole nodes.
 */
export function shapeOn(
  need: Need,
  type: InstanceType,
  gpusPerPod?: number,
  nodes?: number,
): Shape | Refusal {
  if (type.vendor !== 'nvidia') return 'OtherVendor'
  if (!runsOn(need.revision, type)) return 'OldGpu'
  if (nodes !== undefined) return shapeForNodes(need, type, gpusPerPod, nodes)
  if (gpusPerPod !== undefined) return shapeForNumber(need, type, gpusPerPod)
  for (let gpus = 1; gpus <= type.gpuCount; gpus += 1) {
    const shape = shapeOnOneNode(need, type, gpus)
    if (shape !== undefined) return shape
  }
  return shapeOverNodes(need, type)
}

/** True when pods of `shape` run unchanged on `type`: same GPUs, same flags. */
export function hostsShape(need: Need, shape: Shape, type: InstanceType, nodes?: number): boolean {
  const other = shapeOn(need, type, shape.gpusPerPod, nodes)
  return isShape(other) && other.nodesPerReplica === shape.nodesPerReplica && sameParallelism(other, shape)
}

function shapeForNumber(need: Need, type: InstanceType, gpus: number): Shape | Refusal {
  if (gpus > type.gpuCount) return 'FewerGpusOnNode'
  const shape = shapeOnOneNode(need, type, gpus)
  if (shape !== undefined) return shape
  if (gpus === type.gpuCount) return shapeOverNodes(need, type)
  return neededGpus(need, type, gpus) <= gpus ? 'Unsplittable' : 'TooFewAsked'
}

function shapeOnOneNode(need: Need, type: InstanceType, gpus: number): Shape | undefined {
  if (neededGpus(need, type, gpus) > gpus) return undefined
  const parallelism = parallelismFor(need, type, gpus)
  if (parallelism === undefined) return undefined
  return { gpusPerPod: gpus, podsPerNode: Math.floor(type.gpuCount / gpus), nodesPerReplica: 1, parallelism }
}

function shapeOverNodes(need: Need, type: InstanceType): Shape | Refusal {
  const { gpuCount } = type
  const needed = neededGpus(need, type, gpuCount)
  if (needed <= gpuCount) return 'Unsplittable'
  if (needed === Number.POSITIVE_INFINITY) return 'SmallGpu'
  if (!spansNodes(need)) return 'SmallNode'
  if (!acceptsTensor(need.revision, gpuCount)) return 'Unsplittable'
  return wholeNodes(type, Math.ceil(needed / gpuCount))
}

/** The number of nodes is the user's, be it more than it takes. */
function shapeForNodes(
  need: Need,
  type: InstanceType,
  asked: number | undefined,
  nodes: number,
): Shape | Refusal {
  const { gpuCount } = type
  if (asked !== undefined && asked !== gpuCount) return asked > gpuCount ? 'FewerGpusOnNode' : 'PartOfNode'
  if (!spansNodes(need)) return 'OneNodeServer'
  const needed = neededGpus(need, type, gpuCount)
  if (needed === Number.POSITIVE_INFINITY) return 'SmallGpu'
  if (needed > nodes * gpuCount) return 'TooFewNodes'
  return acceptsTensor(need.revision, gpuCount) ? wholeNodes(type, nodes) : 'Unsplittable'
}

function spansNodes({ runtime, revision }: Need): boolean {
  return runtime !== 'transformers' && generationOf(revision).spansNodes
}

/** Tensor parallelism inside a node, pipeline between nodes, never data: KAITO's rule for more than one node. */
export function wholeNodes({ gpuCount }: InstanceType, nodes: number): Shape {
  const parallelism = { tensor: gpuCount, pipeline: nodes, data: 1 }
  return { gpusPerPod: gpuCount, podsPerNode: 1, nodesPerReplica: nodes, parallelism }
}

function sameParallelism({ parallelism: a }: Shape, { parallelism: b }: Shape): boolean {
  return a.tensor === b.tensor && a.pipeline === b.pipeline && a.data === b.data
}
