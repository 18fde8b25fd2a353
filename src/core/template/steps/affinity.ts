// Pipeline: template. Existing nodes only (provisioning none): node affinity over the plan's instance types, or, for
// nodes that no cloud named, over the labels that NVIDIA's GPU feature discovery writes. Terms are ORed and the user's
// own must hold too, so each of the user's terms is combined with each of ours. Where a policy forbids types, labels
// alone are not enough: the node must be of a type of the plan, by its name or, where it has none, by its product.
import { isObject, jsonEqual, listAt, type Json, type JsonObject } from '../../api/json.ts'
import type { RevisionName } from '../../api/names.ts'
import { objectAtPath } from '../../workload/workload.ts'
import type { Step, StepInput } from '../step.ts'

const REQUIRED = [
  'affinity',
  'nodeAffinity',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms',
] as const

export const AFFINITY: Step = {
  name: 'affinity',
  footprint: [['{pod}', ...REQUIRED]],
  edits: input => {
    if (input.provisioning !== 'none') return []
    const path = [...input.at.pod, ...REQUIRED]
    const users = userTerms(input.pod)
    if (users.length === 0) return [{ path, value: ourTerms(input) }]
    const value = users.flatMap(theirs => ourTerms(input).map(ours => bothTerms(theirs, ours)))
    return jsonEqual(value, users) ? [] : [{ path, value, merges: true }]
  },
}

/** The required node selector terms of the user. */
export function userTerms(pod: JsonObject): readonly JsonObject[] {
  return listAt(objectAtPath(pod, REQUIRED.slice(0, -1)), 'nodeSelectorTerms').filter(isObject)
}

/** GPUs report a little less than their name says (81559 MiB for 80 GiB); KAITO rounds to the nearest GiB, so do we. */
function lowestMemoryMiB(gpuMemoryGiB: number): number {
  return Math.ceil((gpuMemoryGiB - 0.5) * 1024)
}

/** GPU feature discovery writes the first; KAITO reads the second. */
const COMPUTE_MAJOR_LABELS = ['nvidia.com/gpu.compute.major', 'nvidia.com/cuda.compute.major'] as const

/** Major compute capability that the revision's images need. */
const COMPUTE_MAJOR: Readonly<Record<RevisionName, number>> = { 'kaito-0.12': 8, 'kaito-0.4': 7 }

function ourTerms(input: StepInput): readonly JsonObject[] {
  const { instanceTypes, gpusPerPod } = input.placement
  const byType = { key: 'node.kubernetes.io/instance-type', operator: 'In', values: [...instanceTypes] }
  if (input.typesOnly) {
    const byProduct = [
      { key: 'node.kubernetes.io/instance-type', operator: 'DoesNotExist' },
      { key: 'nvidia.com/gpu.product', operator: 'In', values: [...instanceTypes] },
    ]
    return [[byType], byProduct].map(matchExpressions => ({ matchExpressions }))
  }
  const byLabels = COMPUTE_MAJOR_LABELS.map(key => [
    { key: 'nvidia.com/gpu.count', operator: 'Gt', values: [String(gpusPerPod - 1)] },
    {
      key: 'nvidia.com/gpu.memory',
      operator: 'Gt',
      values: [String(lowestMemoryMiB(input.gpuMemoryGiB) - 1)],
    },
    { key, operator: 'Gt', values: [String(COMPUTE_MAJOR[input.revision.name] - 1)] },
  ])
  return [[byType], ...byLabels].map(matchExpressions => ({ matchExpressions }))
}

function bothTerms(theirs: JsonObject, ours: JsonObject): JsonObject {
  const matchExpressions: Json[] = [
    ...listAt(theirs, 'matchExpressions'),
    ...listAt(ours, 'matchExpressions'),
  ]
  return { ...theirs, matchExpressions }
}
