// Pipeline: sizing. `bypass-resource-checks`: what does not fit is placed all the same, as large as the node allows, and
// every refusal becomes a warning.
import { formatFieldError, type FieldError } from '../api/field-error.ts'
import type { Result } from '../api/result.ts'
import type { InstanceType } from '../preset/catalogue.ts'
import { newestFor, type Need } from './need.ts'
import { largestTensor, SINGLE } from './parallelism.ts'
import { toPlaced, type Placed } from './placed.ts'
import type { Search } from './search.ts'
import { wholeNodes, type Shape } from './shape.ts'

/**
 * A placement on the first of these types that could take the pod, and on those after it that run it unchanged. Refused
 * with `errors` where none has NVIDIA GPUs: `nvidia.com/gpu` exists nowhere else.
 */
export function bestEffort(
  search: Search,
  types: readonly InstanceType[],
  errors: readonly FieldError[],
): Result<Placed> {
  const { needs, asked = 1 } = search
  const usable = types.filter(({ vendor }) => vendor === 'nvidia')
  const first = usable.find(({ gpuCount }) => gpuCount >= asked) ?? usable[0]
  if (first === undefined) return { ok: false, errors }
  const need = newestFor(needs, first)
  const shape =
    search.nodes === undefined ? wholeNode(need, first, search.asked) : wholeNodes(first, search.nodes)
  const hosts = usable.filter(
    type => type === first || (type.gpuCount >= shape.gpusPerPod && newestFor(needs, type) === need),
  )
  const warnings = errors.map(error => `resource checks are bypassed: ${formatFieldError(error)}`)
  return { ok: true, value: toPlaced(need, shape, hosts, warnings) }
}

function wholeNode(
  { revision, runtime }: Need,
  { gpuCount }: InstanceType,
  asked: number | undefined,
): Shape {
  const gpusPerPod = asked ?? gpuCount
  const podsPerNode = Math.max(1, Math.floor(gpuCount / gpusPerPod))
  const parallelism =
    runtime === 'transformers' ? SINGLE : { ...SINGLE, tensor: largestTensor(revision, gpusPerPod) }
  return { gpusPerPod, podsPerNode, nodesPerReplica: 1, parallelism }
}
