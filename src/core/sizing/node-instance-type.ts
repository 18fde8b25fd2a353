// Pipeline: labels of an existing GPU node → instance type. For nodes that no claim made: bare metal, or types that the
// catalogue does not list. Labels are those of NVIDIA's GPU feature discovery (GFD):
// https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery
import type { Catalogue, InstanceType } from '../preset/catalogue.ts'
import { findInstanceType } from './instance-types.ts'

type Labels = Readonly<Record<string, string | undefined>>

const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
/** Bare nodes belong to no cloud; the vocabulary's word for "on premises" is Azure Arc. */
const CLOUD_OF_BARE_NODES = 'arc'
const MIB_PER_GIB = 1024
/** A label is anybody's text, and sizing tries every number up to it. The largest machines have 16. */
const MAX_GPUS_OF_A_NODE = 64

/**
 * Words of a product name that say how the GPU is built in or how much memory it has, not which one it is: form factor
 * (SXM4, PCIE, NVL), memory (80GB, HBM3) and vGPU profile (24Q).
 */
const NOT_THE_MODEL = /^(sxm\d*|pcie|nvl\d*|hbm\d+e?|\d+gb|\d+[abcq])$/i

/**
 * The type that the catalogue lists under the node's instance type, else one made from its GPU labels. Undefined: no
 * whole NVIDIA GPUs (also where they are partitioned by MIG or shared: a part of a GPU is not what sizing counts with).
 */
export function instanceTypeOfNode(labels: Labels, catalogue: Catalogue): InstanceType | undefined {
  if (isPartitioned(labels)) return undefined
  const name = labels[INSTANCE_TYPE]
  return (name === undefined ? undefined : findInstanceType(name, catalogue)) ?? fromGpuLabels(labels)
}

function fromGpuLabels(labels: Labels): InstanceType | undefined {
  const product = labels['nvidia.com/gpu.product']
  const gpuCount = positiveInteger(labels['nvidia.com/gpu.count'], MAX_GPUS_OF_A_NODE)
  const memoryMiB = positiveInteger(labels['nvidia.com/gpu.memory'], Number.MAX_SAFE_INTEGER)
  if (product === undefined || product === '' || gpuCount === undefined || memoryMiB === undefined)
    return undefined
  const gpuMemoryGiB = Math.floor(memoryMiB / MIB_PER_GIB + 0.5)
  const name = labels[INSTANCE_TYPE] ?? product
  const type = {
    name,
    cloud: CLOUD_OF_BARE_NODES,
    vendor: 'nvidia',
    gpu: gpuName(product),
    gpuCount,
    gpuMemoryGiB,
  } as const
  const computeCapability = computeCapabilityOf(labels)
  return computeCapability === undefined ? type : { ...type, computeCapability }
}

/** `NVIDIA-A100-SXM4-80GB`, `A100-SXM4-80GB`, `Tesla-V100-SXM2-16GB` → the table's `NVIDIA A100`, `NVIDIA V100`. */
function gpuName(product: string): string {
  const words = product
    .split(/[-_ ]+/)
    .filter(word => !/^(nvidia|tesla)$/i.test(word) && !NOT_THE_MODEL.test(word))
  return ['NVIDIA', ...words].join(' ')
}

/** GFD writes `gpu.compute`; KAITO reads `cuda.compute` (BYO), so clusters set up for it carry that. */
function computeCapabilityOf(labels: Labels): number | undefined {
  const major = labels['nvidia.com/gpu.compute.major'] ?? labels['nvidia.com/cuda.compute.major'] ?? ''
  const minor = labels['nvidia.com/gpu.compute.minor'] ?? labels['nvidia.com/cuda.compute.minor'] ?? '0'
  return /^\d{1,2}$/.test(major) && /^\d$/.test(minor) ? Number(`${major}.${minor}`) : undefined
}

function isPartitioned(labels: Labels): boolean {
  const product = labels['nvidia.com/gpu.product'] ?? ''
  return (
    /-MIG-|-SHARED$/i.test(product) ||
    (positiveInteger(labels['nvidia.com/gpu.replicas'], Number.MAX_SAFE_INTEGER) ?? 1) > 1
  )
}

function positiveInteger(text: string | undefined, max: number): number | undefined {
  const value = text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
  return value !== undefined && value <= max ? value : undefined
}
