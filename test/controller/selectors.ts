// What pods ask of their nodes goes into the claims; pods that share a node share a claim; and whoever writes the number
// of replicas by the scale subresource (kubectl scale, HPA, KEDA) is served without any admission.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { labelsOf, nodeNameOf, requirementOf } from './eyes.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const ZONE = 'topology.kubernetes.io/zone'
const CAPACITY_TYPE = 'karpenter.sh/capacity-type'
/** Four GPUs: four pods of the preset. */
const FOUR = { 'kaito.sh/instance-type': 'Standard_NC96ads_A100_v4' }

export function defineSelectors(cluster: () => Cluster): void {
  test('zone and spot of the node selector are requirements of the claim and labels of its node', async () => {
    const { create, createNamespace, untilRunning, claimsOf, nodesNow } = cluster()
    await createNamespace('zoned')
    const nodeSelector = { [ZONE]: 'zone-2', [CAPACITY_TYPE]: 'spot' }
    await create('zoned', makeDeployment('model', { pod: { nodeSelector } }))
    const [pod] = await untilRunning('zoned', 1)
    const [claim, ...others] = await claimsOf('zoned')
    assert.ok(pod !== undefined && claim !== undefined)
    assert.deepEqual(others, [])
    for (const [key, value] of Object.entries(nodeSelector))
      assert.deepEqual(requirementOf(claim, key), { key, operator: 'In', values: [value] })
    const node = (await nodesNow()).find(one => nameOf(one) === nodeNameOf(pod))
    assert.ok(node !== undefined)
    assert.equal(labelsOf(node)[ZONE], 'zone-2')
    assert.equal(labelsOf(node)[CAPACITY_TYPE], 'spot')
  })

  test('pods share nodes: five of one GPU each, one by one, take two machines of four', async () => {
    const { create, createNamespace, untilRunning, claimsOf, kubectl } = cluster()
    await createNamespace('packed')
    await create('packed', makeDeployment('model', { annotations: FOUR }))
    await untilRunning('packed', 1)
    await kubectl(['-n', 'packed', 'scale', 'deploy/model', '--replicas=5'])
    const pods = await untilRunning('packed', 5)
    assert.equal((await claimsOf('packed')).length, 2)
    assert.deepEqual(podsPerNode(pods), [1, 4])
  })

  test('and so they do when all come at once', async () => {
    const { create, createNamespace, untilRunning, claimsOf } = cluster()
    await createNamespace('burst')
    // Three at once have no room on what another test's pods have left: that machine may be used as well.
    await create('burst', makeDeployment('model', { annotations: FOUR, replicas: 7 }))
    await untilRunning('burst', 7)
    assert.equal((await claimsOf('burst')).length, 1)
  })

  test('a raw write of the scale subresource, as HPA and KEDA do it, is enough', async () => {
    const { plane, serve, create, createNamespace, until, untilRunning, claimsOf, list, untilReleased } =
      cluster()
    const annotations = { 'kaito.sh/instance-type': 'Standard_NV36ads_A10_v5' }
    await createNamespace('scaled')
    await create('scaled', makeDeployment('model', { annotations }))
    await untilRunning('scaled', 1)
    const reviews = await serve.admissionRequests()
    const path = '/apis/apps/v1/namespaces/scaled/deployments/model/scale'
    // Like HPA, which comes again where somebody has written the Deployment in between.
    const scaleTo = (replicas: number): Promise<true> =>
      until(`scaled to ${replicas}`, async () => {
        const { body } = await plane.request<JsonObject>('GET', path)
        const { status } = await plane.request('PUT', path, { ...body, spec: { replicas } })
        assert.ok(status === 200 || status === 409, `status ${status}`)
        return status === 200 ? true : undefined
      })
    await scaleTo(3)
    await untilRunning('scaled', 3)
    assert.equal((await claimsOf('scaled')).length, 3)
    await scaleTo(0)
    await untilReleased('scaled')
    assert.equal((await list('scaled', 'ReplicaSet')).length, 1)
    assert.equal(await serve.admissionRequests(), reviews)
  })
}

/** How many pods each node has, ascending. */
function podsPerNode(pods: readonly JsonObject[]): readonly number[] {
  return [...Map.groupBy(pods, nodeNameOf).values()].map(({ length }) => length).toSorted((a, b) => a - b)
}
