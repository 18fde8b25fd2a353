// Builders for the planner's tests: a small cluster in which everything that does not decide is neutral. Times are
// milliseconds; the cluster was born at 0, and it is NOW.
import type { JsonObject } from '../../../src/core/api/json.ts'
import { GPU, type Resources } from '../../../src/core/api/resources.ts'
import type { ClaimBackend, ClaimRequest } from '../../../src/core/claim/backends/backend.ts'
import type { ObservedClaim, ObservedNode, Observation } from '../../../src/core/claim/observation.ts'
import type { Action, ClaimPlan, Settings } from '../../../src/core/claim/plan.ts'
import { NO_POLICIES } from '../../../src/core/policy/namespace-policies.ts'
import { GATE_NAME } from '../../../src/core/template/steps/gate.ts'
import type {
  ForeignPod,
  ObservedCondition,
  ObservedPod,
  ObservedWorkload,
  PodPlacement,
} from '../../../src/core/workload/observed.ts'

export const NOW = 1_000_000_000
export const SMALL = 'Standard_NC24ads_A100_v4'
export const OTHER_SMALL = 'Standard_NC40ads_H100_v5'
export const BIG = 'Standard_NC96ads_A100_v4'
const GPUS: Readonly<Record<string, number>> = { [SMALL]: 1, [OTHER_SMALL]: 1, [BIG]: 4 }

export const SETTINGS: Settings = {
  idleGraceMs: 300_000,
  launchBudgetMs: 1_200_000,
  gpusOfType: name => GPUS[name],
  priceOfType: () => undefined,
  nodeSuits: node => node.labels['nvidia.com/gpu.product'] === 'GOOD',
}

export const FIXED_BACKEND: ClaimBackend = makeBackend(false)
export const CHOOSING_BACKEND: ClaimBackend = makeBackend(true)

/** Not a real provisioner's form: the request stands in the object as it is, so that tests can read it. */
function makeBackend(choosesInstanceType: boolean): ClaimBackend {
  return {
    name: 'fake',
    api: 'nodeclaim',
    group: 'karpenter.sh',
    version: 'v1',
    kind: 'NodeClaim',
    resource: 'nodeclaims',
    nodeClassKind: { group: 'example.com', kind: 'FakeNodeClass', resource: 'fakenodeclasses' },
    choosesInstanceType,
    desiredClaim: request => ({
      kind: 'NodeClaim',
      metadata: {
        name: request.name,
        labels: {
          'kaito.sh/claim': request.name,
          'kaito.sh/workload-uid': request.workload.uid,
          'kaito.sh/workload-namespace': request.workload.namespace,
        },
        annotations: { 'kaito.sh/shape': request.shape },
      },
      request: request as unknown as JsonObject,
    }),
  }
}

export function makePlacement(overrides: Partial<PodPlacement> = {}): PodPlacement {
  return {
    instanceTypes: [SMALL],
    ordered: false,
    gpusPerPod: 1,
    nodesPerReplica: 1,
    provisioning: 'nodeclaim',
    storageGiB: 100,
    ...overrides,
  }
}

export function makeWorkload(uid: string, overrides: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    ...identity(uid, 'team'),
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    annotated: true,
    preset: 'phi-4-mini-instruct',
    instanceTypes: [SMALL],
    gpusPerPod: 1,
    nodesPerReplica: 1,
    provisioning: 'nodeclaim',
    isInference: true,
    isTuning: false,
    replicas: 1,
    conditions: [],
    matchLabels: {},
    modelName: 'model',
    serverPort: 5000,
    ...overrides,
  }
}

/** A gated pod of the StatefulSet with the uid `workload`. */
export function makePod(name: string, workload: string, overrides: Partial<ObservedPod> = {}): ObservedPod {
  const placement = overrides.placement ?? makePlacement()
  return {
    ...identity(name, 'team'),
    controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: workload, uid: workload },
    placement,
    gates: [GATE_NAME],
    phase: 'Pending',
    requests: { [GPU]: placement.gpusPerPod, cpu: 100, pods: 1 },
    nodeSelector: {},
    affinityTerms: [],
    tolerations: [],
    ready: false,
    ...overrides,
  }
}

/** A pod whose gate is open and that is held to the claim's node, but has not been scheduled. */
export function makePinned(
  name: string,
  workload: string,
  claim: string,
  overrides: Partial<ObservedPod> = {},
): ObservedPod {
  return makePod(name, workload, { gates: [], nodeSelector: { 'kaito.sh/claim': claim }, ...overrides })
}

export function makeRunning(
  name: string,
  workload: string,
  nodeName: string,
  overrides: Partial<ObservedPod> = {},
): ObservedPod {
  return makePod(name, workload, {
    gates: [],
    nodeName,
    phase: 'Running',
    startedAtMs: NOW - 1000,
    ...overrides,
  })
}

export function makeNode(name: string, overrides: Partial<ObservedNode> = {}, gpus = 1): ObservedNode {
  return {
    ...identity(name, ''),
    labels: { 'kubernetes.io/hostname': `host-${name}`, 'node.kubernetes.io/instance-type': SMALL },
    taints: [],
    allocatable: { [GPU]: gpus, cpu: 24_000, memory: 200e9, pods: 110 },
    ready: true,
    cordoned: false,
    ...overrides,
  }
}

/** The ready node of a claim, named `node-CLAIM`. */
export function makeClaimNode(claim: string, overrides: Partial<ObservedNode> = {}, gpus = 1): ObservedNode {
  const node = makeNode(`node-${claim}`, overrides, gpus)
  return { ...node, labels: { ...node.labels, 'kaito.sh/claim': claim } }
}

export type ClaimStage = 'new' | 'launched' | 'ready'

export function makeClaim(
  name: string,
  stage: ClaimStage,
  { shape = '', workload = 'w1' }: { shape?: string; workload?: string } = {},
  overrides: Partial<ObservedClaim> = {},
): ObservedClaim {
  return {
    ...identity(name, ''),
    createdAtMs: NOW - 60_000,
    labels: { 'kaito.sh/claim': name, 'kaito.sh/workload-uid': workload },
    annotations: { 'kaito.sh/shape': shape },
    instanceTypes: [SMALL],
    requirements: [],
    taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }],
    requests: { [GPU]: 1 },
    allocatable: stage === 'new' ? {} : { [GPU]: 1, cpu: 24_000, pods: 110 },
    conditions: conditionsAt(stage),
    ...(stage === 'ready' ? { nodeName: `node-${name}` } : {}),
    ...overrides,
  }
}

function condition(type: string, isTrue: boolean): ObservedCondition {
  return {
    type,
    status: isTrue ? 'True' : 'Unknown',
    reason: isTrue ? type : 'AwaitingReconciliation',
    message: isTrue ? '' : 'object is awaiting reconciliation',
  }
}

export function conditionsAt(stage: ClaimStage): readonly ObservedCondition[] {
  return [
    condition('Launched', stage !== 'new'),
    condition('Registered', stage === 'ready'),
    condition('Initialized', stage === 'ready'),
    condition('Ready', stage === 'ready'),
  ]
}

export function makeForeign(name: string, nodeName: string, overrides: Partial<ForeignPod> = {}): ForeignPod {
  const { uid, namespace, resourceVersion } = identity(name, 'other')
  return {
    uid,
    namespace,
    name,
    resourceVersion,
    nodeName,
    requests: { cpu: 100, pods: 1 },
    isNodeBound: false,
    ...overrides,
  }
}

export interface Cluster {
  readonly workloads?: readonly ObservedWorkload[]
  readonly pods?: readonly ObservedPod[]
  readonly foreign?: readonly ForeignPod[]
  readonly nodes?: readonly ObservedNode[]
  readonly claims?: readonly ObservedClaim[]
  readonly gone?: readonly ObservedClaim[]
  /** Words of the Event on a claim, by its uid. */
  readonly words?: Readonly<Record<string, string>>
  readonly backend?: ClaimBackend | 'none' | 'no node class'
}

export function makeObservation(cluster: Cluster): Observation {
  const {
    workloads = [makeWorkload('w1')],
    pods = [],
    foreign = [],
    nodes = [],
    claims = [],
    gone = [],
  } = cluster
  return {
    pods,
    nodes,
    claims,
    goneClaims: gone,
    foreignPods: Map.groupBy(foreign, pod => pod.nodeName),
    claimEvents: new Map(
      Object.entries(cluster.words ?? {}).map(([uid, message]) => [
        uid,
        { reason: 'InsufficientCapacityError', message, atMs: NOW },
      ]),
    ),
    workloads: new Map(workloads.map(workload => [workload.uid, workload])),
    replicaSets: new Map(),
    policiesOf: () => NO_POLICIES,
    provisioner: makeProvisioner(cluster.backend ?? FIXED_BACKEND),
  }
}

function makeProvisioner(backend: ClaimBackend | 'none' | 'no node class'): Observation['provisioner'] {
  if (backend === 'none') return undefined
  if (backend === 'no node class')
    return { backend: FIXED_BACKEND, nodeClass: undefined, problem: 'create a FakeNodeClass' }
  return { backend, nodeClass: { group: 'example.com', kind: 'FakeNodeClass', name: 'default' } }
}

export function actionsOf<T extends Action['type']>(
  plan: ClaimPlan,
  type: T,
): readonly Extract<Action, { type: T }>[] {
  return plan.actions.filter((action): action is Extract<Action, { type: T }> => action.type === type)
}

/** What the claims of a plan were asked to be. */
export function requestsOf(plan: ClaimPlan): readonly ClaimRequest[] {
  return actionsOf(plan, 'create-claim').map(({ object }) => object['request'] as unknown as ClaimRequest)
}

/** `pod → node` of every gate that is opened. */
export function bindingsOf(plan: ClaimPlan): Readonly<Record<string, string>> {
  return Object.fromEntries(actionsOf(plan, 'bind-pod').map(({ pod, nodeName }) => [pod.name, nodeName]))
}

/** `pod → reason`. */
export function reasonsOf(plan: ClaimPlan): Readonly<Record<string, string>> {
  return Object.fromEntries(plan.pods.map(({ podUid, reason }) => [podUid, reason]))
}

export function total(amounts: readonly Resources[], name: string): number {
  return amounts.reduce((sum, resources) => sum + (resources[name] ?? 0), 0)
}

function identity(name: string, namespace: string) {
  return { uid: name, namespace, name, resourceVersion: '7', createdAtMs: 0 }
}
