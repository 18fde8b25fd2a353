// Pipeline: policy. The status of a PresetPolicy as it should be: whether it is in force, and what its namespaces use.
import { canonicalJson, isObject, listAt, stringAt, type JsonObject } from '../api/json.ts'
import { formatFieldError } from '../api/field-error.ts'
import { formatTime } from '../api/format-time.ts'
import type { ObservedPolicy } from './observed-policy.ts'
import type { Usage } from './policy-facts.ts'
import { roundedAmount } from './rounded-amount.ts'

/** What is seen of its namespaces. */
export interface PolicyCounts extends Usage {
  readonly namespaces: number
  readonly workloads: number
  /** Pods that wait because of this policy. */
  readonly heldPods: number
}

const READY = 'Ready'

/** The status to be written; undefined: it says so already. Times aside, which change with the condition alone. */
export function planPolicyStatus(
  observed: ObservedPolicy,
  counts: PolicyCounts,
  nowMs: number,
): JsonObject | undefined {
  const { generation, status } = observed
  const before = listAt(status, 'conditions')
    .filter(isObject)
    .find(one => one['type'] === READY)
  const condition = readyCondition(observed)
  const isNews = before?.['status'] !== condition['status']
  const lastTransitionTime = isNews
    ? formatTime(nowMs)
    : (stringAt(before, 'lastTransitionTime') ?? formatTime(nowMs))
  const desired: JsonObject = {
    observedGeneration: generation,
    namespaces: counts.namespaces,
    workloads: counts.workloads,
    gpus: counts.gpus,
    nodes: counts.nodes,
    costPerHour: String(roundedAmount(counts.costPerHour)),
    heldPods: counts.heldPods,
    conditions: [{ ...condition, lastTransitionTime }],
  }
  return canonicalJson(desired) === canonicalJson(status) ? undefined : desired
}

function readyCondition({ generation, mistakes }: ObservedPolicy): JsonObject {
  const common = { type: READY, observedGeneration: generation }
  return mistakes.length === 0
    ? {
        ...common,
        status: 'True',
        reason: 'InForce',
        message: 'it applies to the namespaces that it selects',
      }
    : {
        ...common,
        status: 'False',
        reason: 'Invalid',
        message: `it refuses everything until it is mended: ${mistakes.map(formatFieldError).join('; ')}`,
      }
}
