// Nodes that are there already: they are used before any claim is made, never oversold, and with `provisioning: none`
// nothing but them is used.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { makeGpuPod } from '../cluster/claim-objects.ts'
import { conditionOf, gatesOf, namesOf, nodeNameOf, nodeSelectorOf } from './eyes.ts'
import { makeOwnNode } from './held-back.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const HOSTNAME = 'kubernetes.io/hostname'
const CONDITIONS = ['kaito.sh/ResourceReady', 'kaito.sh/InferenceReady', 'kaito.sh/Ready']

/** A Deployment `model` for this one type. */
function makeModel(instanceType: string, annotations: JsonObject = {}): JsonObject {
  return makeDeployment('model', { annotations: { 'kaito.sh/instance-type': instanceType, ...annotations } })
}

export function defineExistingNodes(cluster: () => Cluster): void {
  test('a free GPU node is used before any claim, and no more of it than there is', async () => {
    const { create, createNamespace, untilRunning, claimsOf, kubectl } = cluster()
    await createNamespace('own')
    await makeOwnNode(cluster(), { name: 'own-1', instanceType: 'Standard_NC24ads_A100_v4', gpus: 1 })
    await create('own', makeModel('Standard_NC24ads_A100_v4'))
    const [pod] = await untilRunning('own', 1)
    assert.ok(pod !== undefined)
    assert.equal(nodeNameOf(pod), 'own-1')
    assert.equal(nodeSelectorOf(pod)[HOSTNAME], 'own-1')
    assert.deepEqual(namesOf(await claimsOf('own')), [])

    await kubectl(['-n', 'own', 'scale', 'deploy/model', '--replicas=2'])
    const pods = await untilRunning('own', 2)
    assert.equal(pods.map(nodeNameOf).filter(name => name === 'own-1').length, 1)
    assert.equal((await claimsOf('own')).length, 1)
  })

  test('what foreign pods take of a node is counted, until they have ended', async () => {
    const { create, createNamespace, untilRunning, claimsOf, kubectl, until, get } = cluster()
    const instanceType = 'Standard_NC40ads_H100_v5'
    await createNamespace('shared')
    await makeOwnNode(cluster(), { name: 'shared-1', instanceType, gpus: 1 })
    await create('shared', makeGpuPod('foreign', { [HOSTNAME]: 'shared-1' }) as JsonObject)
    await until('the foreign pod runs', async () =>
      objectAt(await get('shared', 'Pod', 'foreign'), 'status')['phase'] === 'Running' ? true : undefined,
    )
    await create('shared', makeModel(instanceType))
    const pods = await untilRunning('shared', 2)
    assert.deepEqual(namesOf(pods.filter(pod => nodeNameOf(pod) === 'shared-1')), ['foreign'])
    assert.equal((await claimsOf('shared')).length, 1)

    await patchStatus(cluster(), 'shared', 'pod/foreign', { phase: 'Succeeded' })
    await kubectl(['-n', 'shared', 'scale', 'deploy/model', '--replicas=2'])
    await until('the second pod runs on the node that has become free', async () => {
      const there = (await cluster().pods('shared')).filter(
        pod => nodeNameOf(pod) === 'shared-1' && gatesOf(pod).length === 0,
      )
      return there.length === 2 ? true : undefined
    })
    assert.equal((await claimsOf('shared')).length, 1)
  })

  test('with provisioning: none there are conditions and a Service, and no claim even where nothing fits', async () => {
    const { create, createNamespace, untilRunning, untilReason, untilServed, claimsOf, kubectl, get } =
      cluster()
    const instanceType = 'Standard_NCC40ads_H100_v5'
    await createNamespace('none')
    await makeOwnNode(cluster(), { name: 'none-1', instanceType, gpus: 1 })
    await create('none', makeModel(instanceType, { 'kaito.sh/provisioning': 'none' }))
    const [pod] = await untilRunning('none', 1)
    assert.ok(pod !== undefined)
    assert.equal(nodeNameOf(pod), 'none-1')
    await kubectl(['-n', 'none', 'wait', '--for=condition=kaito.sh/Ready', 'deploy/model', '--timeout=60s'])

    await kubectl(['-n', 'none', 'wait', '--for=create', 'service/model', '--timeout=60s'])
    await kubectl(['-n', 'none', 'delete', 'service', 'model'])
    const gone = CONDITIONS.map(type => ({ $patch: 'delete', type }))
    await patchStatus(cluster(), 'none', 'deploy/model', { conditions: gone })
    await kubectl(['-n', 'none', 'wait', '--for=condition=kaito.sh/Ready', 'deploy/model', '--timeout=60s'])
    const deployment = await get('none', 'Deployment', 'model')
    for (const type of CONDITIONS) assert.equal(conditionOf(deployment, type)?.['status'], 'True', type)
    await untilServed('none', 'model', 1)

    await kubectl(['-n', 'none', 'scale', 'deploy/model', '--replicas=2'])
    const waiting = await untilReason(
      'none',
      'Deployment',
      'model',
      'kaito.sh/ResourceReady',
      'Unschedulable',
    )
    assert.match(stringAt(waiting, 'message') ?? '', /Insufficient nvidia\.com\/gpu/)
    assert.deepEqual(namesOf(await claimsOf('none')), [])
    // No pod is left to tempt another test's NodePool.
    await kubectl(['-n', 'none', 'scale', 'deploy/model', '--replicas=0'])
  })
}

async function patchStatus(
  { kubectl }: Cluster,
  namespace: string,
  target: string,
  status: JsonObject,
): Promise<void> {
  const patch = JSON.stringify({ status })
  await kubectl(['-n', namespace, 'patch', target, '--subresource=status', '--patch', patch])
}
