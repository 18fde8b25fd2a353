// Pipeline: claim, projection. The annotation kaito.sh/placement of a pod, as src/core/template/steps/placement.ts writes
// it. Read with distrust: a user may have edited the pod template.
import { PLACEMENT } from '../api/annotations.ts'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import type { Provisioning } from '../api/plan.ts'
import type { PodPlacement } from '../workload/observed.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { integerAt } from './project-metadata.ts'
import { isNodeBound } from './project-node-bound.ts'
import { createSharing } from './project-shared.ts'

const PLACEMENT_VERSION = 1
/** Far more than a pod of the catalogue's longest list needs. */
const MAX_CHARACTERS = 8192
const PROVISIONINGS: readonly string[] = ['nodeclaim', 'machine', 'none'] satisfies Provisioning[]

interface Reading {
  readonly text: string
  readonly placement: PodPlacement | undefined
}

const sharedReading = createSharing<Reading>(({ text }) => text)

/**
 * True for a pod that was made from a template that kaito-native has filled in. Whoever may edit pods may take the annotation
 * away, and would have its GPUs for nothing; the pin to a claim, once its gate is open, nobody can. A DaemonSet that selects the
 * nodes of a claim has no such pods.
 */
export function isFilledIn(pod: JsonObject): boolean {
  const { [CLAIM_LABEL]: pin } = objectAt(objectAt(pod, 'spec'), 'nodeSelector')
  return typeof annotationsOf(pod)[PLACEMENT] === 'string' || (typeof pin === 'string' && !isNodeBound(pod))
}

/** What its annotation says; undefined where it cannot be read. */
export function projectPlacement(pod: JsonObject): PodPlacement | undefined {
  const text = stringAt(annotationsOf(pod), PLACEMENT)
  if (text === undefined || text.length > MAX_CHARACTERS) return undefined
  return sharedReading({ text, placement: parsePlacement(text) }).placement
}

function annotationsOf(pod: JsonObject): JsonObject {
  return objectAt(objectAt(pod, 'metadata'), 'annotations')
}

function parsePlacement(text: string): PodPlacement | undefined {
  const value = parseJson(text)
  if (!isObject(value) || value['v'] !== PLACEMENT_VERSION) return undefined
  const instanceTypes = listAt(value, 'instanceTypes').filter(name => typeof name === 'string' && name !== '')
  const gpusPerPod = integerAt(value, 'gpusPerPod') ?? 0
  const nodesPerReplica = integerAt(value, 'nodesPerReplica') ?? 0
  const provisioning = value['provisioning']
  if (instanceTypes.length === 0 || gpusPerPod < 1 || nodesPerReplica < 1) return undefined
  if (!isProvisioning(provisioning)) return undefined
  return {
    instanceTypes: instanceTypes as readonly string[],
    ordered: value['ordered'] === true,
    gpusPerPod,
    nodesPerReplica,
    provisioning,
    storageGiB: storageGiB(value['storageGiB']),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProvisioning(value: Json | undefined): value is Provisioning {
  return typeof value === 'string' && PROVISIONINGS.includes(value)
}

function storageGiB(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}
