// Raw objects of a small cluster: a planned Deployment, its ReplicaSet and pods, claims and nodes.
import type { JsonObject } from '../../src/core/api/json.ts'
import { formatPlan } from '../../src/core/api/plan-text.ts'

export const NAMESPACE = 'team'
export const TYPE = 'Standard_NC24ads_A100_v4'
const GATE = 'kaito.sh/waiting-for-node'

const PLAN = formatPlan({
  v: 1,
  catalogue: 'c',
  intent: 'i',
  preset: 'phi-4-mini-instruct',
  revision: 'kaito-0.12',
  runtime: 'vllm',
  instanceTypes: [TYPE],
  gpusPerPod: 1,
  podsPerNode: 1,
  nodesPerReplica: 1,
  parallelism: { tensor: 1, pipeline: 1, data: 1 },
  provisioning: 'nodeclaim',
  added: {},
})

const PLACEMENT = JSON.stringify({
  v: 1,
  instanceTypes: [TYPE],
  gpusPerPod: 1,
  nodesPerReplica: 1,
  provisioning: 'nodeclaim',
})

/** Without a Service, which is another story. */
export function makeDeployment(name: string, replicas = 1): JsonObject {
  const annotations = {
    'kaito.sh/preset': 'phi-4-mini-instruct',
    'kaito.sh/plan': PLAN,
    'kaito.sh/service': 'false',
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, uid: `uid-${name}`, annotations },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: {}, spec: {} } },
    status: { replicas },
  }
}

export function makeReplicaSet(deployment: string): JsonObject {
  const labels = { 'kaito.sh/workload': `deployment-${deployment}` }
  return {
    metadata: {
      name: `${deployment}-1`,
      namespace: NAMESPACE,
      uid: `uid-${deployment}-1`,
      labels,
      ownerReferences: [controller('Deployment', deployment)],
    },
    spec: { template: { metadata: { annotations: { 'kaito.sh/placement': PLACEMENT } } } },
  }
}

/** Gated. */
export function makePod(name: string, deployment: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: { 'kaito.sh/placement': PLACEMENT },
      ownerReferences: [controller('ReplicaSet', `${deployment}-1`)],
    },
    spec: {
      schedulingGates: [{ name: GATE }],
      containers: [{ name: 'model', resources: { requests: { 'nvidia.com/gpu': '1' } } }],
    },
    status: { phase: 'Pending' },
  }
}

/** Somebody else's, on a node. */
export function makeForeignPod(name: string, nodeName: string, owner?: string): JsonObject {
  const ownerReferences = owner === undefined ? [] : [controller(owner, 'owner')]
  return {
    metadata: { name, namespace: 'other', ownerReferences },
    spec: { nodeName, containers: [{ name: 'c' }] },
    status: { phase: 'Running' },
  }
}

function controller(kind: string, name: string): JsonObject {
  return { apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }
}

/** A claim of ours, as bare as it can be. */
export function makeClaim(name: string, annotations: JsonObject = {}): JsonObject {
  const labels = { 'kaito.sh/claim': name, 'kaito.sh/workload-uid': 'uid-model' }
  return { metadata: { name, labels, annotations }, spec: {} }
}

/** What Karpenter makes of a claim. */
export function readied(claim: JsonObject, nodeName: string): JsonObject {
  const conditions = ['Launched', 'Registered', 'Initialized', 'Ready'].map(type => ({
    type,
    status: 'True',
  }))
  const allocatable = { 'nvidia.com/gpu': '1', cpu: '24', memory: '200Gi', pods: '110' }
  return { ...claim, status: { nodeName, providerID: `kwok://${nodeName}`, allocatable, conditions } }
}

export function makeNode(name: string, claim: string): JsonObject {
  const labels = {
    'kaito.sh/claim': claim,
    'kubernetes.io/hostname': name,
    'node.kubernetes.io/instance-type': TYPE,
  }
  return {
    metadata: { name, labels },
    spec: { taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }] },
    status: {
      allocatable: { 'nvidia.com/gpu': '1', cpu: '24', memory: '200Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }
}
