// Pipeline: template. Labels by which people and Services find the pods of a workload and of a model.
import { hashHex } from '../../api/hash.ts'
import type { Step } from '../step.ts'

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
      { path: [...path, WORKLOAD_LABEL], value: workloadLabel(input.kind.kind, input.name) },
      { path: [...path, MODEL_LABEL], value: input.revision.servedModelName },
    ]
  },
}
