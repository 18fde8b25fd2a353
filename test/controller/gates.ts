// Gates: ours keeps the cluster's own autoscaler from buying a second node; another's holds our claim back, and is never
// touched by us.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { makeGpuPod } from '../cluster/claim-objects.ts'
import { nodeClassName } from '../cluster/karpenter-objects.ts'
import { nameOf } from '../admission/api.ts'
import { gatesOf, isReady, namesOf, uidOf } from './eyes.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const OURS = 'kaito.sh/waiting-for-node'
const HOLD = 'example.com/hold'
const TYPE = { 'kaito.sh/instance-type': 'Standard_NC24ads_A100_v4' }
const GPUS_OF_CONTROL = 8

export function defineGates(cluster: () => Cluster): void {
  test('a foreign gate holds the claim back and stays; once it is gone the pod gets its node', async () => {
    const { create, createNamespace, pods, untilRunning, untilReason, claimsOf, kubectl } = cluster()
    await createNamespace('held')
    await createNamespace('beside')
    const pod = { schedulingGates: [{ name: HOLD }] }
    await create('held', makeDeployment('model', { annotations: TYPE, pod }))
    const type = 'kaito.sh/ResourceReady'
    const condition = await untilReason('held', 'Deployment', 'model', type, 'WaitingForOtherGates')
    assert.match(stringAt(condition, 'message') ?? '', /example\.com\/hold/)
    // Another workload's whole way to its node: time enough for a mistake.
    await create('beside', makeDeployment('model', { annotations: TYPE }))
    await untilRunning('beside', 1)
    const [held] = await pods('held')
    assert.ok(held !== undefined)
    assert.deepEqual(new Set(gatesOf(held)), new Set([HOLD, OURS]))
    assert.deepEqual(namesOf(await claimsOf('held')), [])

    const at = `/spec/schedulingGates/${gatesOf(held).indexOf(HOLD)}`
    const operations = [
      { op: 'test', path: `${at}/name`, value: HOLD },
      { op: 'remove', path: at },
    ]
    const patch = ['--type=json', '--patch', JSON.stringify(operations)]
    await kubectl(['-n', 'held', 'patch', 'pod', nameOf(held), ...patch])
    const [running] = await untilRunning('held', 1)
    assert.ok(running !== undefined)
    assert.equal(uidOf(running), uidOf(held))
    assert.equal((await claimsOf('held')).length, 1)
  })

  test("the cluster's own NodePool buys nothing for gated pods", async () => {
    const { plane, nodes, create, createNamespace, untilRunning, foreignClaims, until, kubectl } = cluster()
    await createNamespace('pooled')
    await kubectl(['apply', '-f', '-'], JSON.stringify(NODE_POOL))
    await kubectl(['wait', '--for=condition=Ready', 'nodepool/own', '--timeout=60s'])
    // Much longer than Karpenter takes to decide about a pending pod.
    nodes.slow.set({ [TYPE['kaito.sh/instance-type']]: 4 })
    await create('pooled', makeDeployment('model', { annotations: TYPE }))
    await untilRunning('pooled', 1)
    assert.deepEqual(namesOf(await foreignClaims()), [])

    // The pool does buy: for a pod that nobody holds back.
    await create('pooled', makeGpuPod('control', {}, {}, GPUS_OF_CONTROL) as JsonObject)
    const bought = await until('the pool buys for the control', async () => {
      const found = await foreignClaims()
      return found.length > 0 && found.every(isReady) ? found : undefined
    })
    assert.equal(bought.length, 1)
    await kubectl(['delete', 'nodepool/own', '--timeout=60s'])
    nodes.slow.set({})
    assert.equal((await plane.request('GET', '/apis/karpenter.sh/v1/nodepools/own')).status, 404)
  })
}

/** Fits every GPU pod that tolerates nothing. */
const NODE_POOL = {
  apiVersion: 'karpenter.sh/v1',
  kind: 'NodePool',
  metadata: { name: 'own' },
  spec: {
    template: {
      spec: {
        nodeClassRef: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: nodeClassName },
        requirements: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }],
        expireAfter: 'Never',
      },
    },
    disruption: { consolidationPolicy: 'WhenEmpty', consolidateAfter: 'Never' },
  },
}
