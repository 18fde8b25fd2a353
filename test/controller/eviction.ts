// A pod that has its pin but not yet its node: where that node is lost or full, the pod is evicted, its owner makes a new,
// gated one, and that one is placed anew. A Job must not count it as a failure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { deleteNode } from '../cluster/gpu-node.ts'
import {
  conditionOf,
  gatesOf,
  isReady,
  namesOf,
  nodeNameOf,
  nodeOfClaim,
  nodeSelectorOf,
  uidOf,
} from './eyes.ts'
import { HELD_BACK, letGo, makeOwnNode } from './held-back.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment, makeJob } from './workloads.ts'

const TYPE = { 'kaito.sh/instance-type': 'Standard_NC24ads_A100_v4' }

export function defineEviction(cluster: () => Cluster): void {
  test('the claim of a pinned pod is deleted: another pod, another claim', async () => {
    const { create, createNamespace, claimFor, kubectl } = cluster()
    await createNamespace('claimless')
    await create('claimless', makeDeployment('model', { annotations: TYPE, pod: HELD_BACK }))
    const first = await untilPinned(cluster(), 'claimless')
    const claim = await claimFor(first)
    await kubectl(['delete', 'nodeclaim', nameOf(claim), '--wait=false'])
    const second = await untilPinned(cluster(), 'claimless', first)
    const another = await claimFor(second)
    assert.notEqual(uidOf(another), uidOf(claim))
    await untilEvicted(cluster(), first, 'NodeLost')
    await letGo(cluster(), 'claimless', nodeOfClaim(another))
    await untilRuns(cluster(), second, nodeOfClaim(another))
  })

  test('the node of a pinned pod of a Job is deleted: the Job does not fail', async () => {
    const { plane, create, createNamespace, claimFor, untilGone, get, until, remove } = cluster()
    await createNamespace('job')
    await create('job', makeJob('batch', { annotations: TYPE, pod: HELD_BACK }))
    const first = await untilPinned(cluster(), 'job')
    const claim = await claimFor(first)
    await deleteNode(plane, nodeOfClaim(claim))
    const second = await untilPinned(cluster(), 'job', first)
    const another = await claimFor(second)
    assert.notEqual(uidOf(another), uidOf(claim))
    await letGo(cluster(), 'job', nodeOfClaim(another))
    const job = await until('the Job is complete', async () => {
      const found = await get('job', 'Job', 'batch')
      assert.equal(conditionOf(found, 'Failed'), undefined)
      return conditionOf(found, 'Complete')?.['status'] === 'True' ? found : undefined
    })
    assert.equal(objectAt(job, 'spec')['backoffLimit'], 0)
    assert.equal(objectAt(job, 'status')['failed'], undefined)
    await remove('job', 'Pod', 'beside')
    await untilGone(another)
  })

  test('a node of nobody that a pod is pinned to is deleted: the pod gets a claim', async () => {
    const { plane, create, createNamespace, claimFor, claimsOf } = cluster()
    const instanceType = 'Standard_NC40ads_H100_v5'
    await createNamespace('hostless')
    await makeOwnNode(cluster(), { name: 'hostless-1', instanceType, gpus: 1 })
    const annotations = { 'kaito.sh/instance-type': instanceType }
    await create('hostless', makeDeployment('model', { annotations, pod: HELD_BACK }))
    const first = await untilPinned(cluster(), 'hostless')
    assert.equal(nodeSelectorOf(first)['kubernetes.io/hostname'], 'hostless-1')
    assert.deepEqual(namesOf(await claimsOf('hostless')), [])
    await deleteNode(plane, 'hostless-1')
    const second = await untilPinned(cluster(), 'hostless', first)
    const claim = await claimFor(second)
    assert.deepEqual(namesOf(await claimsOf('hostless')), [nameOf(claim)])
    await letGo(cluster(), 'hostless', nodeOfClaim(claim))
    await untilRuns(cluster(), second, nodeOfClaim(claim))
  })

  test('a foreign pod takes the node of a pinned one: the pod gets another node', async () => {
    const { create, createNamespace, claimFor, untilGone, until, remove, get } = cluster()
    await createNamespace('full')
    await create('full', makeDeployment('model', { annotations: TYPE, pod: HELD_BACK }))
    const first = await untilPinned(cluster(), 'full')
    const claim = await claimFor(first)
    await create('full', makeIntruder(nodeOfClaim(claim)))
    await until('the intruder runs', async () =>
      isReady(await get('full', 'Pod', 'intruder')) ? true : undefined,
    )
    const second = await untilPinned(cluster(), 'full', first)
    await untilEvicted(cluster(), first, 'NodeFull')
    const another = await claimFor(second)
    await letGo(cluster(), 'full', nodeOfClaim(another))
    await untilRuns(cluster(), second, nodeOfClaim(another))
    assert.notEqual(nodeOfClaim(another), nodeOfClaim(claim))
    await remove('full', 'Pod', 'intruder')
    await untilGone(claim)
  })
}

/** The pod of the namespace once it is pinned and kube-scheduler has said that it cannot place it; another than `before`. */
export async function untilPinned(
  { pods, until }: Cluster,
  namespace: string,
  before: JsonObject = {},
): Promise<JsonObject> {
  return until(`a pod of ${namespace} is pinned`, async () => {
    const found = (await pods(namespace)).filter(
      pod => nodeNameOf(pod) === '' && uidOf(pod) !== uidOf(before),
    )
    return found.find(pod => gatesOf(pod).length === 0 && isUnschedulable(pod))
  })
}

function isUnschedulable(pod: JsonObject): boolean {
  return listAt(objectAt(pod, 'status'), 'conditions')
    .filter(isObject)
    .some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable')
}

export async function untilRuns({ pods, until }: Cluster, pod: JsonObject, nodeName: string): Promise<void> {
  const namespace = stringAt(objectAt(pod, 'metadata'), 'namespace') ?? ''
  await until(`pod ${nameOf(pod)} runs on ${nodeName}`, async () => {
    const found = (await pods(namespace)).find(one => uidOf(one) === uidOf(pod))
    return found !== undefined && isReady(found) && nodeNameOf(found) === nodeName ? true : undefined
  })
}

/** By us, and it says why. */
export async function untilEvicted(
  { eventsOf, until }: Cluster,
  pod: JsonObject,
  reason: string,
): Promise<void> {
  const namespace = stringAt(objectAt(pod, 'metadata'), 'namespace') ?? ''
  await until(`an Event says ${reason}`, async () => {
    const events = await eventsOf(namespace, nameOf(pod))
    return events.some(event => event.startsWith(`${reason}: `)) ? true : undefined
  })
}

/** Past kube-scheduler: whoever sets nodeName asks nobody. */
function makeIntruder(nodeName: string): JsonObject {
  const resources = { limits: { 'nvidia.com/gpu': '1' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'intruder' },
    spec: { nodeName, containers: [{ name: 'intruder', image: 'example.test/intruder:1', resources }] },
  }
}
