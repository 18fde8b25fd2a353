// Claims and pods that are pinned to their nodes, as the semantics of nodes and disruptions need them.
import assert from 'node:assert/strict'
import { objectAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import { CLAIMS, conditionOf, makePod, PODS, type SubjectCluster } from './semantic.ts'

export const TYPE = 'node.kubernetes.io/instance-type'

/** The names of two instance types that the cluster under test sells. */
export interface Types {
  readonly plenty: string
  readonly scarce: string
}

export function makeClaim(name: string, instanceType: string): JsonObject {
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodeClaim',
    metadata: {
      name,
      labels: { 'kaito.sh/claim': name },
      annotations: { 'karpenter.sh/do-not-disrupt': 'true' },
    },
    spec: {
      expireAfter: 'Never',
      nodeClassRef: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: 'default' },
      requirements: [
        { key: TYPE, operator: 'In', values: [instanceType] },
        { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
      ],
      resources: { requests: { 'nvidia.com/gpu': '1' } },
      taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }],
    },
  }
}

const TOLERATION = { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }

export function pinned(
  name: string,
  claim: string,
  tolerations: readonly JsonObject[] = [TOLERATION],
): JsonObject {
  const resources = { requests: { 'nvidia.com/gpu': '1' }, limits: { 'nvidia.com/gpu': '1' } }
  return makePod(name, [], {
    nodeSelector: { 'kaito.sh/claim': claim },
    tolerations,
    containers: [{ name: 'model', image: 'example.test/model:1', resources }],
    terminationGracePeriodSeconds: 1,
  })
}

export async function create(cluster: SubjectCluster, path: string, object: JsonObject): Promise<JsonObject> {
  const { status, body } = await cluster.request('POST', path, object)
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

export function nodeNameOf(claim: JsonObject): string {
  return stringAt(objectAt(claim, 'status'), 'nodeName') ?? ''
}

export async function untilReady(cluster: SubjectCluster, name: string): Promise<JsonObject> {
  return await cluster.until(`claim ${name} is ready`, async () => {
    const { body } = await cluster.request('GET', `${CLAIMS}/${name}`)
    return conditionOf(body, 'Ready')?.['status'] === 'True' ? body : undefined
  })
}

export async function untilScheduled(cluster: SubjectCluster, name: string): Promise<JsonObject> {
  return await cluster.until(`pod ${name} has a node`, async () => {
    const { body } = await cluster.request('GET', `${PODS}/${name}`)
    return stringAt(objectAt(body, 'spec'), 'nodeName') === undefined ? undefined : body
  })
}

export async function untilPodIs(
  cluster: SubjectCluster,
  name: string,
  ready: 'True' | 'False',
): Promise<void> {
  await cluster.until(`pod ${name} has Ready=${ready}`, async () => {
    const { body } = await cluster.request('GET', `${PODS}/${name}`)
    return conditionOf(body, 'Ready')?.['status'] === ready ? true : undefined
  })
}

export async function untilUnschedulable(cluster: SubjectCluster, name: string): Promise<void> {
  await cluster.until(`pod ${name} is unschedulable`, async () => {
    const { body } = await cluster.request('GET', `${PODS}/${name}`)
    return conditionOf(body, 'PodScheduled')?.['reason'] === 'Unschedulable' ? true : undefined
  })
}
