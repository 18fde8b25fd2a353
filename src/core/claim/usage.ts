// Pipeline: claim. What policies count, out of raw objects, for whoever needs no more of pods, claims and autoscalers than
// that (admission). The planner counts the same on what it has observed anyway.
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { GPU } from '../api/resources.ts'
import { WORKLOAD_LABEL } from '../template/steps/labels.ts'
import { WORKLOAD_NAMESPACE_LABEL } from './backends/claim-keys.ts'
import { idleSinceMs } from './claim-state.ts'
import type { ObservedClaim } from './observation.ts'
import { projectClaim } from './project-claim.ts'
import { integerAt, projectIdentity } from './project-metadata.ts'
import { isFilledIn } from './project-placement.ts'
import { projectRequests } from './project-requests.ts'
import { sharedText } from './project-shared.ts'
import { INSTANCE_TYPE_LABEL } from './requirements.ts'

interface Counted {
  readonly uid: string
  readonly resourceVersion: string
  readonly namespace: string
}

/** A pod of ours that has not ended. */
export interface PodUsage extends Counted {
  /** Its label kaito.sh/workload. */
  readonly workload: string
  readonly gpus: number
}

/** A claim of ours. */
export interface ClaimUsage extends Counted {
  /** Its label kaito.sh/workload. */
  readonly workload: string
  readonly priced: PricedClaim
}

/** What tells its price: the type that it was given, or those that it may be given. */
export type PricedClaim = Pick<ObservedClaim, 'instanceTypes' | 'labels'>

/** A HorizontalPodAutoscaler. */
export interface AutoscalerUsage extends Counted {
  /** Kind and name of what it scales. */
  readonly target: string
  readonly maxReplicas: number
}

/** Undefined: not ours, or it has ended. */
export function projectPodUsage(raw: JsonObject): PodUsage | undefined {
  const identity = projectIdentity(raw)
  const phase = stringAt(objectAt(raw, 'status'), 'phase')
  if (identity === undefined || !isFilledIn(raw) || phase === 'Succeeded' || phase === 'Failed')
    return undefined
  const { uid, resourceVersion, namespace } = identity
  const workload = sharedText(stringAt(objectAt(objectAt(raw, 'metadata'), 'labels'), WORKLOAD_LABEL) ?? '')
  return { uid, resourceVersion, namespace, workload, gpus: projectRequests(raw)[GPU] ?? 0 }
}

/** Undefined: not ours, or idle: it is there for the next workload, or will be given back before that needs another. */
export function projectClaimUsage(raw: JsonObject): ClaimUsage | undefined {
  const claim = projectClaim(raw)
  if (claim === undefined || idleSinceMs(claim) !== undefined) return undefined
  const { uid, resourceVersion, labels, instanceTypes } = claim
  const launched = labels[INSTANCE_TYPE_LABEL]
  const priced = { instanceTypes, labels: launched === undefined ? {} : { [INSTANCE_TYPE_LABEL]: launched } }
  return {
    uid,
    resourceVersion,
    namespace: namespaceOfClaim(claim),
    workload: labels[WORKLOAD_LABEL] ?? '',
    priced,
  }
}

/** Of the workload that it was made for; empty: it does not say. */
export function namespaceOfClaim({ labels }: Pick<ObservedClaim, 'labels'>): string {
  return labels[WORKLOAD_NAMESPACE_LABEL] ?? ''
}

/** Undefined where it has no identity. */
export function projectAutoscaler(raw: JsonObject): AutoscalerUsage | undefined {
  const identity = projectIdentity(raw)
  if (identity === undefined) return undefined
  const spec = objectAt(raw, 'spec')
  const target = objectAt(spec, 'scaleTargetRef')
  const { uid, resourceVersion, namespace } = identity
  return {
    uid,
    resourceVersion,
    namespace,
    target: scaleTarget(stringAt(target, 'kind') ?? '', stringAt(target, 'name') ?? ''),
    maxReplicas: integerAt(spec, 'maxReplicas') ?? 0,
  }
}

/** How an autoscaler names what it scales. */
export function scaleTarget(kind: string, name: string): string {
  return `${kind}/${name}`
}

/** Of one node for an hour: the price of its type; before it has one, the dearest that it may get. Without a price: 0. */
export function priceOfClaim(
  { instanceTypes, labels }: PricedClaim,
  priceOfType: (name: string) => number | undefined,
): number {
  const launched = priceOfType(labels[INSTANCE_TYPE_LABEL] ?? '')
  return launched ?? Math.max(0, ...instanceTypes.map(type => priceOfType(type) ?? 0))
}
