// Pipeline: admit, final objects. GPUs: as many as the command line of the plan is made for, by the one name that the nodes
// of the plan offer, and no more in the pod than one node has.
import type { FieldError } from '../../api/field-error.ts'
import { textOf, type Json } from '../../api/json.ts'
import { GPU, parseQuantity } from '../../api/resources.ts'
import type { Catalogue } from '../../preset/catalogue.ts'
import { knownInstanceTypes } from '../../sizing/instance-types.ts'
import { resourcesOf, type FinalContainer, type FinalPod } from './final-pod.ts'

const LISTS = ['limits', 'requests'] as const
/** Resources of accelerators, whatever the device plugin: `amd.com/gpu`, `gpu.intel.com/i915`, `nvidia.com/mig-1g.10gb`. */
const ACCELERATOR = /gpu|nvidia\.com\/mig-|neuron|\btpu\b|gaudi|i915|ascend/i

/** Every mistake in what the containers ask for. */
export function gpuErrors(pod: FinalPod, catalogue: Catalogue): readonly FieldError[] {
  const wrong = [...pod.running, ...pod.starting].flatMap(wrongNames)
  const numbers = numberErrors(pod)
  return [...wrong, ...numbers, ...(numbers.length === 0 ? totalErrors(pod, catalogue) : [])]
}

function wrongNames(container: FinalContainer): readonly FieldError[] {
  return LISTS.flatMap(list =>
    Object.entries(resourcesOf(container, list)).flatMap(([name, amount]) =>
      name !== GPU && ACCELERATOR.test(name) && parseQuantity(amount) !== 0
        ? [wrongName(`${container.field}.resources.${list}[${name}]`, name)]
        : [],
    ),
  )
}

function wrongName(field: string, name: string): FieldError {
  const why = name.startsWith('nvidia.com/')
    ? 'a plan is made for whole GPUs'
    : 'the nodes of a plan have NVIDIA GPUs'
  const detail = `supported values: "${GPU}": ${why}; leave it out and the number is computed`
  return { type: 'NotSupported', field, value: name, detail, code: 'WrongResource' }
}

/** Limits and requests, both those of the plan; what is absent is told as missing inventory. */
function numberErrors({ filled, plan }: FinalPod): readonly FieldError[] {
  return LISTS.flatMap(list => {
    const amount = resourcesOf(filled, list)[GPU]
    if (amount === undefined || parseQuantity(amount) === plan.gpusPerPod) return []
    return [wrongNumber(`${filled.field}.resources.${list}[${GPU}]`, amount, plan.gpusPerPod)]
  })
}

function wrongNumber(field: string, amount: Json, needed: number): FieldError {
  const detail = `must be ${needed}, in limits and in requests: the plan and its command line are made for that number of GPUs`
  return { type: 'Invalid', field, value: textOf(amount), detail, code: 'InvalidGpuCount' }
}

/** GPUs of other containers come on top; a pod that asks for more than any node of the plan has waits for ever. */
function totalErrors(pod: FinalPod, catalogue: Catalogue): readonly FieldError[] {
  const { filled, plan } = pod
  const others = pod.running.filter(one => one !== filled && gpusOf(one) > 0)
  if (others.length === 0) return []
  const types = knownInstanceTypes(plan.instanceTypes, catalogue)
  const largest = Math.max(...types.map(({ gpuCount }) => gpuCount))
  const total = others.reduce((sum, one) => sum + gpusOf(one), plan.gpusPerPod)
  if (types.length < plan.instanceTypes.length || total <= largest) return []
  return others.map(one => ({
    type: 'Invalid',
    field: `${one.field}.resources.limits[${GPU}]`,
    value: String(gpusOf(one)),
    detail: `makes ${total} GPUs with those of container ${filled.name}, and the nodes of the plan have ${largest}: leave it out, or name larger ones in kaito.sh/instance-type`,
    code: 'InvalidGpuCount',
  }))
}

function gpusOf(container: FinalContainer): number {
  return parseQuantity(resourcesOf(container, 'limits')[GPU] ?? resourcesOf(container, 'requests')[GPU]) ?? 0
}
