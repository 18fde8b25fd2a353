// Pipeline: admit. Without prices `auto` goes by the GPU memory of the pod's share, so that a node with many small GPUs can come
// before one that the pod fills. Where each claim is one pod's, that is money: a person should hear of it.
import type { Intent } from '../intent/intent.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { findInstanceType } from '../sizing/instance-types.ts'
import type { Placed } from '../sizing/placed.ts'

/** One where `auto` begins with a node that has more GPUs than the pod takes, and a type of the list has none to spare. */
export function largeNodeWarnings(
  { instanceTypes }: Pick<Intent, 'instanceTypes'>,
  { placement }: Pick<Placed, 'placement'>,
  catalogue: Catalogue,
): readonly string[] {
  if (instanceTypes.length > 0) return []
  const [first, ...others] = placement.instanceTypes.flatMap(name => findInstanceType(name, catalogue) ?? [])
  if (first === undefined || first.pricePerHour !== undefined) return []
  const { gpusPerPod } = placement
  const snug = others.find(({ gpuCount }) => gpuCount === gpusPerPod)
  if (first.gpuCount === gpusPerPod || snug === undefined) return []
  return [
    // Short: what is longer than 110 characters is cut on its way.
    `no prices: ${first.name} (${first.gpuCount} GPUs) for ${gpusPerPod} a pod; ${snug.name} may be cheaper`,
  ]
}
