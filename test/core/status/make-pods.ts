// What the planner says of pods, as the conditions take it.
import type { PodProgress } from '../../../src/core/status/resource-condition.ts'

export const placed: PodProgress = { placed: true, reason: 'NodeAssigned', message: 'node n1' }
export const waiting: PodProgress = {
  placed: false,
  reason: 'WaitingForNode',
  message: 'waiting for claim kn1, Launched: Unknown',
}
export const refused: PodProgress = {
  placed: false,
  reason: 'WaitingForCapacity',
  message: 'tried again later. Standard_NC24ads_A100_v4: no quota in eastus',
}
export const misconfigured: PodProgress = {
  placed: false,
  reason: 'TrainingConfigInvalid',
  message: 'ConfigMap mine: data[training_config.yaml]: Required value: the settings of the trainer, as YAML',
}
