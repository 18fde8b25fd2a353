// Pipeline: template. Pods that end: a failed one is not tried again on GPUs by itself, and one whose node was lost or
// drained does not count as failed (KEP-3329). Only where the API's defaults stand, which cannot work here: no pod of a
// Job may restart `Always`, and a failure policy needs `podReplacementPolicy: Failed` (KEP-3939).
import type { JsonObject } from '../../api/json.ts'
import type { Step } from '../step.ts'

const IGNORE_DISRUPTIONS: JsonObject = {
  rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
}

export const COMPLETION: Step = {
  name: 'completion',
  footprint: [
    ['{pod}', 'restartPolicy'],
    ['{spec}', 'backoffLimit'],
    ['{spec}', 'podFailurePolicy'],
    ['{spec}', 'podReplacementPolicy'],
  ],
  edits: input => {
    if (!input.kind.runsToCompletion) return []
    const { spec, pod } = input.at
    const backoffLimit = { path: [...spec, 'backoffLimit'], value: 0 }
    const failurePolicy = [
      { path: [...spec, 'podFailurePolicy'], value: IGNORE_DISRUPTIONS },
      { path: [...spec, 'podReplacementPolicy'], value: 'Failed' },
    ]
    return [
      { path: [...pod, 'restartPolicy'], value: 'Never' },
      ...(input.limitPerIndex ? [] : [backoffLimit]),
      ...(input.restartsInPlace ? [] : failurePolicy),
    ]
  },
}
