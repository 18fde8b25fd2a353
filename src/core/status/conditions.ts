// Pipeline: status. The conditions that kaito-native keeps on workloads, beside those of Kubernetes' own controllers.
import type { ObservedCondition, ObservedWorkload } from '../workload/observed.ts'

/** Every pod has its node. */
export const RESOURCE_READY = 'kaito.sh/ResourceReady'
/** As many ready pods as wanted; of a Job without tuning: it is complete. */
export const INFERENCE_READY = 'kaito.sh/InferenceReady'
/** The tuning Job is complete. */
export const TUNING_READY = 'kaito.sh/TuningReady'
/** All of them. */
export const READY = 'kaito.sh/Ready'

/** In the order in which they are written. */
export const CONDITION_TYPES = [RESOURCE_READY, INFERENCE_READY, TUNING_READY, READY] as const
/** One of ours. */
export type ConditionType = (typeof CONDITION_TYPES)[number]

/** A condition as it should be; when it became so is found out when it is written. */
export interface DesiredCondition {
  readonly type: ConditionType
  readonly status: 'True' | 'False'
  readonly reason: string
  /** Neither counters nor times: it is written whenever it changes. */
  readonly message: string
}

/** The condition of what the workload is for: serving, or tuning. */
export function workReady({ isTuning }: Pick<ObservedWorkload, 'isTuning'>): ConditionType {
  return isTuning ? TUNING_READY : INFERENCE_READY
}

/**
 * Ours among the workload's conditions; one that is missing as it was remembered (the StatefulSet controller throws foreign
 * conditions away whenever it writes status). What comes out is what to remember.
 */
export function ownConditions(
  { conditions }: Pick<ObservedWorkload, 'conditions'>,
  remembered: readonly ObservedCondition[] = [],
): readonly ObservedCondition[] {
  return CONDITION_TYPES.flatMap(type => {
    const condition = conditionOf(conditions, type) ?? conditionOf(remembered, type)
    return condition === undefined ? [] : [condition]
  })
}

/** The condition of this type. */
export function conditionOf<T extends { readonly type: string }>(
  conditions: readonly T[],
  type: string,
): T | undefined {
  return conditions.find(condition => condition.type === type)
}

/** A condition of Kubernetes' own that holds. */
export function holds({ conditions }: Pick<ObservedWorkload, 'conditions'>, ...types: string[]): boolean {
  return conditions.some(({ type, status }) => status === 'True' && types.includes(type))
}
