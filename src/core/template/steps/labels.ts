// Pipeline: template. Labels by which people and Services find the pods of a workload and of a model.
import { hashHex } from '../../api/hash.ts'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../api/json.ts'
import { CRON_JOB } from '../../workload/cron-job.ts'
import type { Step, StepInput } from '../step.ts'

export const WORKLOAD_LABEL = 'kaito.sh/workload'
export const MODEL_LABEL = 'kaito.sh/model'

const LABEL_VALUE_MAX = 63
const HASH_CHARACTERS = 8

/** `<kind>-<name>` in lower case; a longer one is cut and ends in a hash of the whole. */
export function workloadLabel(kind: string, name: string): string {
  const whole = `${kind}-${name}`.toLowerCase()
  if (whole.length <= LABEL_VALUE_MAX) return whole
  const kept = whole.slice(0, LABEL_VALUE_MAX - HASH_CHARACTERS - 1).replace(/[^a-z0-9]+$/, '')
  return `${kept}-${hashHex(whole, HASH_CHARACTERS)}`
}

export const LABELS: Step = {
  name: 'labels',
  footprint: [
    ['{template}', 'metadata', 'labels', WORKLOAD_LABEL],
    ['{template}', 'metadata', 'labels', MODEL_LABEL],
  ],
  edits: input => {
    const path = [...input.at.template, 'metadata', 'labels']
    return [
      { path: [...path, WORKLOAD_LABEL], value: labelOf(input) },
      { path: [...path, MODEL_LABEL], value: input.revision.servedModelName },
    ]
  },
}

/** Pods of a CronJob's Job keep the CronJob's label, so that the Job's template is the CronJob's. */
function labelOf({ kind, name, object }: StepInput): string {
  const cronJob = kind.hasFixedTemplate ? cronJobOf(object) : undefined
  return cronJob === undefined ? workloadLabel(kind.kind, name) : workloadLabel(CRON_JOB.kind, cronJob)
}

function cronJobOf(job: JsonObject): string | undefined {
  const owner = listAt(objectAt(job, 'metadata'), 'ownerReferences')
    .filter(isObject)
    .find(reference => reference['controller'] === true)
  return owner?.['kind'] === CRON_JOB.kind ? stringAt(owner, 'name') : undefined
}
