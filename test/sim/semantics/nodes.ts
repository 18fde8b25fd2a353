// What the simulator takes for granted about Karpenter and kube-scheduler.
import assert from 'node:assert/strict'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import {
  CLAIMS,
  conditionOf,
  makePod,
  metadataOf,
  PODS,
  uidOf,
  untilGone,
  type Semantic,
  type SubjectCluster,
} from './semantic.ts'

const TYPE = 'node.kubernetes.io/instance-type'

/** The names of two instance types that the cluster under test sells. */
export interface Types {
  readonly plenty: string
  readonly scarce: string
}

function makeClaim(name: string, instanceType: string): JsonObject {
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

function pinned(name: string, claim: string): JsonObject {
  const resources = { requests: { 'nvidia.com/gpu': '1' }, limits: { 'nvidia.com/gpu': '1' } }
  return makePod(name, [], {
    nodeSelector: { 'kaito.sh/claim': claim },
    tolerations: [{ key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }],
    containers: [{ name: 'model', image: 'example.test/model:1', resources }],
    terminationGracePeriodSeconds: 1,
  })
}

async function create(cluster: SubjectCluster, path: string, object: JsonObject): Promise<JsonObject> {
  const { status, body } = await cluster.request('POST', path, object)
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

function nodeNameOf(claim: JsonObject): string {
  return stringAt(objectAt(claim, 'status'), 'nodeName') ?? ''
}

async function untilReady(cluster: SubjectCluster, name: string): Promise<JsonObject> {
  return await cluster.until(`claim ${name} is ready`, async () => {
    const { body } = await cluster.request('GET', `${CLAIMS}/${name}`)
    return conditionOf(body, 'Ready')?.['status'] === 'True' ? body : undefined
  })
}

async function untilScheduled(cluster: SubjectCluster, name: string): Promise<JsonObject> {
  return await cluster.until(`pod ${name} has a node`, async () => {
    const { body } = await cluster.request('GET', `${PODS}/${name}`)
    return stringAt(objectAt(body, 'spec'), 'nodeName') === undefined ? undefined : body
  })
}

async function untilUnschedulable(cluster: SubjectCluster, name: string): Promise<void> {
  await cluster.until(`pod ${name} is unschedulable`, async () => {
    const { body } = await cluster.request('GET', `${PODS}/${name}`)
    return conditionOf(body, 'PodScheduled')?.['reason'] === 'Unschedulable' ? true : undefined
  })
}

export function nodeSemantics({ plenty, scarce }: Types): readonly Semantic[] {
  return [
    {
      name: 'a claim becomes a node with its labels and taints, and carries the type that was chosen',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn1', plenty))
        const claim = await untilReady(cluster, 'kn1')
        for (const type of ['Launched', 'Registered', 'Initialized'])
          assert.equal(conditionOf(claim, type)?.['status'], 'True', type)
        assert.equal(objectAt(metadataOf(claim), 'labels')[TYPE], plenty)
        const nodeName = nodeNameOf(claim)
        const { body: node } = await cluster.request('GET', `/api/v1/nodes/${nodeName}`)
        const labels = objectAt(metadataOf(node), 'labels')
        assert.deepEqual([labels['kaito.sh/claim'], labels[TYPE]], ['kn1', plenty])
        const taints = listAt(objectAt(node, 'spec'), 'taints').filter(isObject)
        assert.deepEqual(
          taints.map(({ key }) => key),
          ['sku'],
        )
        assert.ok(Number(objectAt(objectAt(node, 'status'), 'allocatable')['nvidia.com/gpu']) >= 1)
      },
    },
    {
      name: 'a pinned pod waits as unschedulable until its node is there, and a second one where there is no room',
      async check(cluster) {
        await create(cluster, PODS, pinned('early', 'kn2'))
        await untilUnschedulable(cluster, 'early')
        await create(cluster, CLAIMS, makeClaim('kn2', plenty))
        await untilReady(cluster, 'kn2')
        await untilScheduled(cluster, 'early')
        await create(cluster, PODS, pinned('surplus', 'kn2'))
        await untilUnschedulable(cluster, 'surplus')
      },
    },
    {
      name: 'a claim for which there is no capacity is deleted, and a Warning Event says why',
      async check(cluster) {
        cluster.setScarce(scarce)
        const claim = await create(cluster, CLAIMS, makeClaim('kn3', scarce))
        await untilGone(cluster, `${CLAIMS}/kn3`)
        await cluster.until('an Event says why', async () => {
          const { body } = await cluster.request('GET', '/api/v1/events')
          const events = listAt(body, 'items').filter(isObject)
          const found = events.find(({ reason }) => reason === 'InsufficientCapacityError')
          if (found === undefined) return undefined
          assert.deepEqual(
            [found['type'], objectAt(found, 'involvedObject')['uid']],
            ['Warning', uidOf(claim)],
          )
          assert.match(stringAt(found, 'message') ?? '', /kn3/)
          return true
        })
      },
    },
    {
      name: 'a deleted claim takes its pods and its node with it',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn4', plenty))
        const claim = await untilReady(cluster, 'kn4')
        await create(cluster, PODS, pinned('drained', 'kn4'))
        await untilScheduled(cluster, 'drained')
        await cluster.request('DELETE', `${CLAIMS}/kn4`)
        await untilGone(cluster, `${PODS}/drained`)
        await untilGone(cluster, `/api/v1/nodes/${nodeNameOf(claim)}`)
        await untilGone(cluster, `${CLAIMS}/kn4`)
      },
    },
  ]
}
