// Pipeline: sizing. Sentences for refusals: clauses whose subject is the instance type ("has …", "needs …"), so that one
// text serves field errors, warnings and the table of `fit`.
import type { InstanceType } from '../preset/catalogue.ts'
import { generationOf, neededGpus, type Need } from './need.ts'
import type { Refusal, Shape } from './shape.ts'

interface Circumstances {
  readonly need: Need
  readonly type: InstanceType
  /** GPUs that a pod takes, where that number is given. */
  readonly asked: number | undefined
}

const CLAUSES: Readonly<Record<Refusal, (circumstances: Circumstances) => string>> = {
  OtherVendor: ({ type }) => `has ${type.gpu}, and only NVIDIA GPUs can run it`,
  OldGpu: oldGpu,
  SmallGpu: smallGpu,
  SmallNode: smallNode,
  OneNodeServer: ({ need }) => `runs it on one node only (${serverOf(need)} cannot span nodes)`,
  TooFewNodes: tooFewNodes,
  PartOfNode: ({ type, asked }) =>
    `has ${countGpus(type.gpuCount)}, and over several nodes a pod takes all of them, not ${asked}`,
  Unsplittable: unsplittable,
  FewerGpusOnNode: ({ type, asked }) => `has ${countGpus(type.gpuCount)}, and a pod takes ${asked}`,
  TooFewAsked: ({ type, asked }) => `needs more than ${countGpus(asked ?? 0, type)} for a pod`,
}

/** Why the need has no shape on this type. */
export function explainRefusal(refusal: Refusal, need: Need, type: InstanceType, asked?: number): string {
  return CLAUSES[refusal]({ need, type, asked })
}

/** Why a replica of this shape takes more than one node. */
export function explainNodes(shape: Shape, need: Need, type: InstanceType): string {
  const needed = countGpus(neededGpus(need, type, type.gpuCount), type)
  return `needs ${shape.nodesPerReplica} nodes for a replica: ${needed}, and a node has ${type.gpuCount}`
}

/** `3 GPUs`, or `3 GPUs of 80 GiB`. */
export function countGpus(count: number, type?: InstanceType): string {
  const gpus = count === 1 ? '1 GPU' : `${count} GPUs`
  return type === undefined ? gpus : `${gpus} of ${type.gpuMemoryGiB} GiB`
}

function oldGpu({ need, type }: Circumstances): string {
  const { computeCapability } = type
  const has =
    computeCapability === undefined
      ? 'unknown compute capability'
      : `compute capability ${computeCapability.toFixed(1)}`
  const floor = generationOf(need.revision).minComputeCapability.toFixed(1)
  return `has ${type.gpu} GPUs of ${has}, and ${need.revision.name} needs ${floor} or higher`
}

function smallGpu({ need, type }: Circumstances): string {
  const { table } = need.revision
  const gpu = `has GPUs of ${type.gpuMemoryGiB} GiB`
  if (table !== undefined) return `${gpu}, and each must have ${table.perGpuMemoryGiB} GiB`
  return `${gpu}, which overhead and the KV cache of ${need.contextTokens} tokens fill alone`
}

function smallNode({ need, type }: Circumstances): string {
  const needed = countGpus(neededGpus(need, type, type.gpuCount), type)
  return `needs ${needed} on one node and has ${type.gpuCount} (${serverOf(need)} cannot span nodes)`
}

function serverOf({ runtime, revision }: Need): string {
  return runtime === 'transformers' ? 'the transformers runtime' : `revision ${revision.name}`
}

function tooFewNodes({ need, type }: Circumstances): string {
  const needed = neededGpus(need, type, type.gpuCount)
  const nodes = Math.ceil(needed / type.gpuCount)
  return `needs ${nodes} nodes for a replica: ${countGpus(needed, type)}, and a node has ${type.gpuCount}`
}

function unsplittable({ need, type, asked }: Circumstances): string {
  const { revision } = need
  const { attentionHeads = 'unknown', keyValueHeads = 'unknown' } = revision.figures
  const why = revision.tensorParallel
    ? `${attentionHeads} attention heads and ${keyValueHeads} KV heads do not divide by them`
    : 'it has no tensor parallelism'
  return `cannot spread the model over ${asked === undefined ? 'its' : asked} GPUs of ${type.gpuMemoryGiB} GiB: ${why}`
}
