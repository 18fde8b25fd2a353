// Pipeline: claim, projection. Raw NodeClaim (karpenter.sh/v1) or Machine (v1alpha5) → what the planner decides by. The
// fields that are read are the same in both.
import { objectAt, stringAt, listAt, type JsonObject } from '../api/json.ts'
import { readResources } from '../api/resources.ts'
import type { Requirement } from '../workload/observed.ts'
import { CLAIM_LABEL, SHAPE_ANNOTATION } from './backends/claim-keys.ts'
import { isClaimName } from './names.ts'
import type { ClaimEvent, ObservedClaim } from './observation.ts'
import {
  objectsAt,
  projectConditions,
  projectIdentity,
  projectTaints,
  textMapAt,
  timeAt,
} from './project-metadata.ts'
import { INSTANCE_TYPE_LABEL } from './requirements.ts'

/** Karpenter begins the message with the object that the Event is about anyway. */
const EVENT_PREFIX = /^(NodeClaim|Machine) \S+ event: /

/** Undefined: not one of ours. */
export function projectClaim(raw: JsonObject): ObservedClaim | undefined {
  const identity = projectIdentity(raw)
  const labels = textMapAt(objectAt(raw, 'metadata'), 'labels')
  const annotations = textMapAt(objectAt(raw, 'metadata'), 'annotations')
  if (identity === undefined || !isOurs(identity.name, labels, annotations)) return undefined
  const requirements = objectsAt(objectAt(raw, 'spec'), 'requirements').flatMap(projectRequirement)
  const status = objectAt(raw, 'status')
  const nodeName = stringAt(status, 'nodeName')
  const providerId = stringAt(status, 'providerID')
  return {
    ...identity,
    labels,
    annotations,
    instanceTypes:
      requirements.find(({ key, operator }) => key === INSTANCE_TYPE_LABEL && operator === 'In')?.values ??
      [],
    requirements,
    taints: projectTaints(raw),
    requests: readResources(objectAt(objectAt(objectAt(raw, 'spec'), 'resources'), 'requests')),
    allocatable: readResources(objectAt(status, 'allocatable')),
    conditions: projectConditions(raw),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(providerId === undefined ? {} : { providerId }),
  }
}

type TextMap = Readonly<Record<string, string>>

/**
 * Ours carry their own name: a label that somebody has put on another claim makes it no idle node. One whose label was taken
 * away is known by its name and what it was made for, or nobody would ever give it back.
 */
function isOurs(name: string, labels: TextMap, annotations: TextMap): boolean {
  return labels[CLAIM_LABEL] === name || (isClaimName(name) && annotations[SHAPE_ANNOTATION] !== undefined)
}

function projectRequirement(raw: JsonObject): readonly Requirement[] {
  const key = stringAt(raw, 'key')
  const operator = stringAt(raw, 'operator')
  if (key === undefined || operator === undefined) return []
  return [{ key, operator, values: listAt(raw, 'values').filter(value => typeof value === 'string') }]
}

/** A Warning Event (core/v1) about a claim, and the uid of that claim; undefined: something else. */
export function projectClaimEvent(
  raw: JsonObject,
): { readonly claimUid: string; readonly event: ClaimEvent } | undefined {
  const about = objectAt(raw, 'involvedObject')
  const claimUid = stringAt(about, 'uid')
  const kind = stringAt(about, 'kind')
  if (raw['type'] !== 'Warning' || claimUid === undefined) return undefined
  if (kind !== 'NodeClaim' && kind !== 'Machine') return undefined
  const reason = stringAt(raw, 'reason') ?? ''
  const message = (stringAt(raw, 'message') ?? '').replace(EVENT_PREFIX, '')
  return { claimUid, event: { reason, message, atMs: lastSeen(raw) } }
}

/** Old recorders write lastTimestamp, new ones eventTime and a series. */
function lastSeen(raw: JsonObject): number {
  const metadata = objectAt(raw, 'metadata')
  const times = [
    timeAt(raw, 'lastTimestamp'),
    timeAt(objectAt(raw, 'series'), 'lastObservedTime'),
    timeAt(raw, 'eventTime'),
    timeAt(raw, 'firstTimestamp'),
    timeAt(metadata, 'creationTimestamp'),
  ]
  return Math.max(0, ...times.filter(time => time !== undefined))
}
