// Pipeline: status. A workload and its pods → the conditions that it should have. `kubectl wait` and people read them.
//
// | workload                      | ResourceReady        | Inference/TuningReady | Ready |
// |-------------------------------|----------------------|-----------------------|-------|
// | a pod lacks its node          | False, why           | False                 | False |
// | every pod has its node        | True                 | ready pods ≥ wanted   | as it |
// | scaled to zero                | True                 | True                  | True  |
// | Job complete                  | True                 | True                  | True  |
// | Job failed                    | as it was            | False, Failed         | False |
// | Job suspended                 | False, Suspended     | False                 | False |
// | settings of tuning are wrong  | False, which         | False, which          | False |
//
// Scaled to zero is True because a Deployment's own Available is: as many pods are ready as are wanted, and nothing that
// waits for the workload should wait for ever.
import type { ObservedCondition, ObservedWorkload } from '../workload/observed.ts'
import {
  conditionOf,
  holds,
  ownConditions,
  READY,
  RESOURCE_READY,
  workReady,
  type ConditionType,
  type DesiredCondition,
} from './conditions.ts'
import { desiredResourceCondition, type WorkloadPods } from './resource-condition.ts'

/**
 * Our conditions, none for a workload that is not (any more) annotated. `own` is what they are, or were when they were last
 * seen (ownConditions).
 */
export function desiredConditions(
  workload: ObservedWorkload,
  pods: WorkloadPods,
  own: readonly ObservedCondition[] = ownConditions(workload),
): readonly DesiredCondition[] {
  if (!workload.annotated) return []
  if (!workload.isInference) return jobConditions(workload, pods, own)
  if (workload.replicas === 0) return allOf(workload, 'True', 'ScaledToZero', 'no replicas are wanted')
  const resource = desiredResourceCondition(workload, pods, own)
  return [resource, ...servingConditions(workload, resource, pods.ready >= workload.replicas)]
}

function servingConditions(
  workload: ObservedWorkload,
  resource: DesiredCondition,
  enoughReady: boolean,
): readonly DesiredCondition[] {
  const type = workReady(workload)
  if (!enoughReady && resource.status === 'False') return waitingForNodes(type)
  const work: DesiredCondition = enoughReady
    ? { type, status: 'True', reason: 'PodsReady', message: 'as many pods are ready as are wanted' }
    : { type, status: 'False', reason: 'PodsNotReady', message: 'fewer pods are ready than are wanted' }
  if (resource.status === 'True') return [work, { ...work, type: READY }]
  // Pods of the revision before may still serve while the new ones wait.
  return [work, { type: READY, status: 'False', reason: 'ResourceNotReady', message: NO_NODES }]
}

const NO_NODES = 'not every pod has its node'

function waitingForNodes(type: ConditionType): readonly DesiredCondition[] {
  return [type, READY].map(each => ({
    type: each as ConditionType,
    status: 'False',
    reason: 'ResourceNotReady',
    message: NO_NODES,
  }))
}

function jobConditions(
  workload: ObservedWorkload,
  pods: WorkloadPods,
  own: readonly ObservedCondition[],
): readonly DesiredCondition[] {
  if (holds(workload, 'Complete', 'SuccessCriteriaMet'))
    return allOf(workload, 'True', 'Completed', 'the Job is complete')
  if (holds(workload, 'Failed', 'FailureTarget')) return failedConditions(workload, own)
  if (holds(workload, 'Suspended')) return allOf(workload, 'False', 'Suspended', 'the Job is suspended')
  const resource = desiredResourceCondition(workload, pods, own)
  const type = workReady(workload)
  if (resource.reason === 'TrainingConfigInvalid')
    return [resource, { ...resource, type }, { ...resource, type: READY }]
  if (resource.status === 'False') return [resource, ...waitingForNodes(type)]
  const work: DesiredCondition = {
    type,
    status: 'False',
    reason: 'NotComplete',
    message: 'the Job is not complete',
  }
  return [resource, work, { ...work, type: READY }]
}

/** Whether it had its nodes when it failed is worth knowing. */
function failedConditions(
  workload: ObservedWorkload,
  own: readonly ObservedCondition[],
): readonly DesiredCondition[] {
  const failure = workload.conditions.find(
    ({ type, status }) => status === 'True' && (type === 'Failed' || type === 'FailureTarget'),
  )
  const why = [failure?.reason, failure?.message].filter(text => text !== undefined && text !== '')
  const message = ['the Job has failed', ...why].join(': ')
  const [resource, work, ready] = allOf(workload, 'False', 'Failed', message)
  const before = conditionOf(own, RESOURCE_READY)
  const kept: DesiredCondition | undefined =
    before === undefined
      ? resource
      : {
          type: RESOURCE_READY,
          status: before.status === 'True' ? 'True' : 'False',
          reason: before.reason,
          message: before.message,
        }
  return [kept, work, ready].filter(condition => condition !== undefined)
}

function allOf(
  workload: ObservedWorkload,
  status: DesiredCondition['status'],
  reason: string,
  message: string,
): readonly DesiredCondition[] {
  const types: readonly ConditionType[] = [RESOURCE_READY, workReady(workload), READY]
  return types.map(type => ({ type, status, reason, message }))
}
