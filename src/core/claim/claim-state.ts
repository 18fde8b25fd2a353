// Pipeline: claim. Reading a claim: launched, ready, what it still waits for, whose and for what it was made.
import { parseDuration } from '../api/annotation-values.ts'
import type { ObservedCondition } from '../workload/observed.ts'
import {
  IDLE_GRACE_ANNOTATION,
  IDLE_SINCE_ANNOTATION,
  SHAPE_ANNOTATION,
  WORKLOAD_UID_LABEL,
} from './backends/claim-keys.ts'
import type { ObservedClaim } from './observation.ts'

/** In the order in which they become True; v1alpha5 Machines prefix them with `Machine`. */
const STAGES = ['Launched', 'Registered', 'Initialized'] as const
const MACHINE = 'Machine'

/** It is not being deleted, and nobody has just asked for that. */
export function isStaying({ deletedAtMs, isGoing = false }: ObservedClaim): boolean {
  return deletedAtMs === undefined && !isGoing
}

/** The machine exists. */
export function isLaunched(claim: ObservedClaim): boolean {
  return (
    claim.nodeName !== undefined ||
    claim.providerId !== undefined ||
    conditionOf(claim, 'Launched')?.status === 'True'
  )
}

/** The node may be used. Without any Ready condition a named node counts, as KAITO has it. */
export function isReady(claim: ObservedClaim): boolean {
  const ready = conditionOf(claim, 'Ready')
  return ready === undefined ? claim.nodeName !== undefined : ready.status === 'True'
}

/** What the claim waits for: the first of its conditions that is not True, in the provisioner's words. */
export function pendingText(claim: ObservedClaim): string {
  const stage = STAGES.find(type => conditionOf(claim, type)?.status !== 'True')
  const condition = stage === undefined ? conditionOf(claim, 'Ready') : conditionOf(claim, stage)
  const waiting = stage === undefined ? 'waiting for its node' : `not ${stage.toLowerCase()} yet`
  const words = condition?.message === '' ? condition.reason : condition?.message
  return words === undefined || words === '' || words === condition?.type ? waiting : `${waiting}: ${words}`
}

/** Not begun: condition libraries fill in a message that says nothing. */
const NOT_BEGUN = 'AwaitingReconciliation'

/** The provisioner's words about a launch that fails. */
export function launchWords(claim: ObservedClaim): string | undefined {
  const condition = conditionOf(claim, 'Launched')
  if (condition === undefined || condition.status === 'True' || condition.reason === NOT_BEGUN)
    return undefined
  return condition.message === '' ? undefined : condition.message
}

/** Key of the shape of the pods that it was made for; empty: it does not say. */
export function shapeOfClaim(claim: ObservedClaim): string {
  return claim.annotations[SHAPE_ANNOTATION] ?? ''
}

/** Uid of the workload that it was made for. */
export function workloadOfClaim(claim: ObservedClaim): string | undefined {
  return claim.labels[WORKLOAD_UID_LABEL]
}

/** Milliseconds; undefined: it is not marked, or with something that is no time. */
export function idleSinceMs(claim: ObservedClaim): number | undefined {
  const since = Date.parse(claim.annotations[IDLE_SINCE_ANNOTATION] ?? '')
  return Number.isNaN(since) ? undefined : since
}

/** The grace that the workload had asked for when the claim was made. */
export function recordedGraceMs(claim: ObservedClaim): number | undefined {
  const text = claim.annotations[IDLE_GRACE_ANNOTATION]
  const parsed = text === undefined ? undefined : parseDuration(text)
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined
}

function conditionOf(claim: ObservedClaim, type: string): ObservedCondition | undefined {
  return claim.conditions.find(condition => condition.type === type || condition.type === MACHINE + type)
}
