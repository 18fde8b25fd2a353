// Pipeline: annotations → which ConfigMap holds the settings of a trainer, as the controller and the CLI ask for it: of
// objects that admission has let through, so what cannot be parsed counts as not given.
import { ANNOTATIONS, PREFIX } from '../api/annotations.ts'
import { stringAt, type JsonObject } from '../api/json.ts'
import type { TuningMethod } from '../api/tuning-values.ts'

/** Of a workload that tunes. */
export interface TrainerSettings {
  readonly method: TuningMethod
  /** The ConfigMap that its user names; absent: the method's own. */
  readonly configMap?: string
}

/** Undefined: it does not tune. */
export function trainerSettings(annotations: JsonObject): TrainerSettings | undefined {
  const method = ANNOTATIONS['tuning-method'].parse(textOf(annotations, 'tuning-method'))
  if (!('value' in method)) return undefined
  const configMap = ANNOTATIONS.config.parse(textOf(annotations, 'config'))
  return { method: method.value, ...('value' in configMap && { configMap: configMap.value }) }
}

function textOf(annotations: JsonObject, name: 'tuning-method' | 'config'): string {
  return stringAt(annotations, PREFIX + name)?.trim() ?? ''
}
