// Pipeline: claim. Whether a GPU node that no cloud's name describes will do for a placement, by what NVIDIA's GPU feature
// discovery says of it: the same question that node affinity asks where nothing is provisioned (template/steps/affinity.ts).
import type { Catalogue, InstanceType } from '../preset/catalogue.ts'
import { findInstanceType, knownInstanceTypes } from '../sizing/instance-types.ts'
import { instanceTypeOfNode } from '../sizing/node-instance-type.ts'
import type { PodPlacement } from '../workload/observed.ts'

/** True where its GPUs are as many, as large and as new as the least of the placement's types; false for types of the catalogue. */
export function nodeSuits(
  { labels }: { readonly labels: Readonly<Record<string, string>> },
  { instanceTypes, gpusPerPod }: PodPlacement,
  catalogue: Catalogue,
): boolean {
  const type = instanceTypeOfNode(labels, catalogue)
  const wanted = knownInstanceTypes(instanceTypes, catalogue)
  if (type === undefined || wanted.length === 0 || findInstanceType(type.name, catalogue) !== undefined)
    return false
  return (
    type.gpuCount >= gpusPerPod &&
    type.gpuMemoryGiB >= least(wanted, ({ gpuMemoryGiB }) => gpuMemoryGiB) &&
    (type.computeCapability ?? 0) >= least(wanted, ({ computeCapability = 0 }) => computeCapability)
  )
}

function least(types: readonly InstanceType[], figure: (type: InstanceType) => number): number {
  return Math.min(...types.map(figure))
}
