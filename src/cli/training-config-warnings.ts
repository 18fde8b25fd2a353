// Pipeline: cli. What the controller would say of a trainer's settings, where the file that is rendered holds them beside
// the Job. A warning, because the ConfigMap may still change: in the cluster the Job waits until it is right.
import { namespaceOf } from '../core/admit/endpoint.ts'
import { formatFieldError } from '../core/api/field-error.ts'
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import { validateTrainingConfig } from '../core/companion/validate-training-config.ts'
import { trainerSettings } from '../core/intent/trainer-settings.ts'
import { workloadKindOf } from '../core/workload/kinds.ts'
import { annotationsOf } from '../core/workload/workload.ts'
import { parseSettings } from './parse-yaml.ts'

/** The mistakes in the settings that `workload` names, as far as its ConfigMap is among `objects`. */
export function trainingConfigWarnings(
  workload: JsonObject,
  objects: readonly JsonObject[],
): readonly string[] {
  const kind = workloadKindOf(workload)
  const settings = kind === undefined ? undefined : trainerSettings(annotationsOf(kind, workload))
  const name = settings?.configMap
  if (settings === undefined || name === undefined) return []
  const configMap = objects.find(
    object =>
      object['kind'] === 'ConfigMap' &&
      stringAt(objectAt(object, 'metadata'), 'name') === name &&
      namespaceOf(object) === namespaceOf(workload),
  )
  if (configMap === undefined) return []
  return validateTrainingConfig(configMap, settings.method, parseSettings).map(
    error => `ConfigMap ${name}: ${formatFieldError(error)}`,
  )
}
