// A cluster of a few lines that carries a plan out: claims appear, patches are applied by the jsonpatch package, evicted pods
// and deleted claims begin to go. Nothing else happens in it unless a test says so.
import { applyOperations } from '../../../src/cli/apply.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import type { Operation } from '../../../src/core/api/operation.ts'
import type { ClaimRequest } from '../../../src/core/claim/backends/backend.ts'
import type { Observation, ObservedClaim } from '../../../src/core/claim/observation.ts'
import type { Action, ClaimPlan } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import { conditionsAt } from './builders.ts'

export function carryOut(observation: Observation, plan: ClaimPlan, nowMs: number): Observation {
  return plan.actions.reduce<Observation>((state, action) => step(state, action, nowMs), {
    ...observation,
    goneClaims: [],
  })
}

function step(state: Observation, action: Action, nowMs: number): Observation {
  switch (action.type) {
    case 'create-claim':
      return { ...state, claims: [...state.claims, createdClaim(action.object, state, nowMs)] }
    case 'bind-pod':
    case 'open-gate':
      return withPod(state, action.pod, pod => patched(pod, action.operations))
    case 'evict-pod':
      return withPod(state, action.pod, pod => ({ ...pod, deletedAtMs: nowMs }))
    case 'delete-claim':
      return withClaim(state, action.claim, claim => ({ ...claim, deletedAtMs: nowMs }))
    case 'label-claim':
      return withClaim(state, action.claim, claim => ({
        ...claim,
        labels: { ...claim.labels, 'kaito.sh/claim': claim.name },
      }))
    case 'mark-idle':
      return withClaim(state, action.claim, claim => ({
        ...claim,
        annotations: { ...claim.annotations, 'kaito.sh/idle-since': action.value ?? '' },
      }))
    case 'mark-busy':
      return withClaim(state, action.claim, claim => {
        const { 'kaito.sh/idle-since': _, ...annotations } = claim.annotations
        return { ...claim, annotations }
      })
    default:
      throw new Error('an action that this model does not know')
  }
}

function createdClaim(object: JsonObject, state: Observation, nowMs: number): ObservedClaim {
  const request = object['request'] as unknown as ClaimRequest
  const metadata = object['metadata'] as unknown as Pick<ObservedClaim, 'labels' | 'annotations'>
  if (state.claims.some(({ name }) => name === request.name))
    throw new Error(`AlreadyExists: ${request.name}`)
  return {
    uid: `uid-${request.name}-${nowMs}`,
    namespace: '',
    name: request.name,
    resourceVersion: '1',
    createdAtMs: nowMs,
    labels: metadata.labels,
    annotations: metadata.annotations,
    instanceTypes: request.instanceTypes,
    requirements: request.requirements,
    taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }],
    requests: request.requests,
    allocatable: {},
    conditions: conditionsAt('new'),
  }
}

type BindPod = Extract<Action, { type: 'bind-pod' | 'open-gate' }>

/** The patch is applied to the pod as the API server holds it; its tests must hold. */
export function patched(pod: ObservedPod, operations: BindPod['operations']): ObservedPod {
  const { nodeSelector, tolerations } = pod
  const raw = {
    metadata: { resourceVersion: pod.resourceVersion },
    spec: {
      schedulingGates: pod.gates.map(name => ({ name })),
      ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
      ...(tolerations.length > 0 ? { tolerations } : {}),
    },
  }
  const { spec } = applyOperations<JsonObject>(raw, operations as readonly Operation[]) as unknown as {
    spec: { schedulingGates: { name: string }[]; nodeSelector?: Record<string, string>; tolerations?: Json[] }
  }
  return {
    ...pod,
    resourceVersion: `${pod.resourceVersion}1`,
    gates: spec.schedulingGates.map(({ name }) => name),
    nodeSelector: spec.nodeSelector ?? {},
    tolerations: spec.tolerations ?? [],
  }
}

export function withPod(
  state: Observation,
  { uid }: Pick<ObservedPod, 'uid'>,
  change: (pod: ObservedPod) => ObservedPod,
): Observation {
  return { ...state, pods: state.pods.map(pod => (pod.uid === uid ? change(pod) : pod)) }
}

export function withClaim(
  state: Observation,
  { uid }: Pick<ObservedClaim, 'uid'>,
  change: (claim: ObservedClaim) => ObservedClaim,
): Observation {
  return { ...state, claims: state.claims.map(claim => (claim.uid === uid ? change(claim) : claim)) }
}
