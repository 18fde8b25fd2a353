// Nodes are given back when nobody needs them, and not before: foreign pods, rollouts, lost nodes, workloads that go or are
// no longer ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { deleteNode } from '../cluster/gpu-node.ts'
import { gatesOf, instanceTypesOf, isReady, namesOf, nodeNameOf, nodeOfClaim, uidOf } from './eyes.ts'
import { makeOwnNode } from './held-back.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const TYPE = { 'kaito.sh/instance-type': 'Standard_NC24ads_A100_v4' }

export function defineGivingBack(cluster: () => Cluster): void {
  test('the node under a running pod is lost: another node, and the lost claim goes', async () => {
    const { plane, create, createNamespace, untilRunning, until, claimFor, untilGone } = cluster()
    await createNamespace('lost')
    await create('lost', makeDeployment('model', { annotations: TYPE }))
    const [first] = await untilRunning('lost', 1)
    const claim = await claimFor(first)
    await deleteNode(plane, nodeOfClaim(claim))
    const second = await until('another pod runs', async () => {
      const [pod] = await untilRunning('lost', 1)
      return pod !== undefined && uidOf(pod) !== uidOf(first ?? {}) ? pod : undefined
    })
    const another = await claimFor(second)
    assert.equal(nodeNameOf(second), nodeOfClaim(another))
    assert.notEqual(nodeNameOf(second), nodeOfClaim(claim))
    await untilGone(claim)
  })

  test('a foreign pod keeps an idle node, a DaemonSet does not', async () => {
    const { create, createNamespace, untilRunning, claims, claimFor, untilGone, kubectl, remove } = cluster()
    for (const namespace of ['guested', 'daemoned']) {
      await createNamespace(namespace)
      await create(namespace, makeDeployment('model', { annotations: TYPE }))
    }
    const guested = await claimFor((await untilRunning('guested', 1))[0])
    await create('guested', makeGuest(nodeOfClaim(guested)))
    await untilRunning('guested', 2)
    const daemoned = await claimFor((await untilRunning('daemoned', 1))[0])
    await kubectl(['apply', '-f', '-'], JSON.stringify(makeDaemonSet('daemoned', nameOf(daemoned))))
    await untilRunning('daemoned', 2)

    await kubectl(['-n', 'guested', 'scale', 'deploy/model', '--replicas=0'])
    await untilRunning('guested', 1)
    // Idle later, and given back: by then the other one's grace is over as well.
    await kubectl(['-n', 'daemoned', 'scale', 'deploy/model', '--replicas=0'])
    await untilGone(daemoned)
    const kept = (await claims()).find(claim => uidOf(claim) === uidOf(guested))
    assert.ok(kept !== undefined)
    assert.equal(objectAt(kept, 'metadata')['deletionTimestamp'], undefined)
    assert.equal(objectAt(objectAt(kept, 'metadata'), 'annotations')['kaito.sh/idle-since'], undefined)
    await remove('guested', 'Pod', 'guest')
    await untilGone(guested)
  })

  test('a claim whose label was taken away is ours all the same: labelled again, and given back', async () => {
    const { create, createNamespace, untilRunning, claimFor, untilGone, until, claims, kubectl } = cluster()
    await createNamespace('unlabelled')
    await create('unlabelled', makeDeployment('model', { annotations: TYPE }))
    const claim = await claimFor((await untilRunning('unlabelled', 1))[0])
    await kubectl(['label', 'nodeclaim', nameOf(claim), 'kaito.sh/claim-'])
    await until('the label is back', async () =>
      (await claims()).some(one => uidOf(one) === uidOf(claim)) ? true : undefined,
    )
    await untilRunning('unlabelled', 1)
    await kubectl(['-n', 'unlabelled', 'scale', 'deploy/model', '--replicas=0'])
    await untilGone(claim)
  })

  test('a rollout uses the nodes that it has', async () => {
    const { create, createNamespace, untilRunning, claims, kubectl, list } = cluster()
    await createNamespace('rolled')
    await create('rolled', makeDeployment('model', { annotations: TYPE, replicas: 2 }))
    const before = await untilRunning('rolled', 2)
    const names = namesOf(await claims())
    await kubectl(['-n', 'rolled', 'set', 'env', 'deploy/model', 'CHANGED=yes'])
    await kubectl(['-n', 'rolled', 'rollout', 'status', 'deploy/model', '--timeout=60s'])
    assert.equal((await list('rolled', 'ReplicaSet')).length, 2)
    const after = await untilRunning('rolled', 2)
    assert.deepEqual(new Set(after.map(uidOf)).intersection(new Set(before.map(uidOf))), new Set())
    assert.deepEqual(new Set(after.map(nodeNameOf)), new Set(before.map(nodeNameOf)))
    assert.deepEqual(namesOf(await claims()), names)
  })

  test('a namespace is deleted: nothing holds it up, and its nodes are given back', async () => {
    const { nodes, create, createNamespace, untilRunning, claimFor, claimsOf, untilGone, until, kubectl } =
      cluster()
    const late = 'Standard_NCC40ads_H100_v5'
    nodes.slow.set({ [late]: 600 })
    await createNamespace('leaving')
    await create('leaving', makeDeployment('running', { annotations: TYPE }))
    const running = await claimFor((await untilRunning('leaving', 1))[0])
    await create('leaving', makeDeployment('waiting', { annotations: { 'kaito.sh/instance-type': late } }))
    const waiting = await until('a claim is under way', async () =>
      (await claimsOf('leaving')).find(claim => instanceTypesOf(claim)[0] === late),
    )
    await kubectl(['delete', 'namespace', 'leaving', '--timeout=30s'])
    await untilGone(running)
    await untilGone(waiting)
    nodes.slow.set({})
  })

  test('foreground deletion of a workload is not held up', async () => {
    const { create, createNamespace, untilRunning, claimFor, untilGone, kubectl } = cluster()
    await createNamespace('foreground')
    await create('foreground', makeDeployment('model', { annotations: TYPE }))
    const claim = await claimFor((await untilRunning('foreground', 1))[0])
    const remove = ['-n', 'foreground', 'delete', 'deploy/model', '--cascade=foreground', '--timeout=30s']
    await kubectl(remove)
    await untilGone(claim)
  })

  test('without its annotation a workload goes on as a plain one, and its node is given back', async () => {
    const { create, createNamespace, untilRunning, untilServed, claimFor, untilGone, until, get, kubectl } =
      cluster()
    await createNamespace('plain')
    // Where a pod without GPUs can go.
    await makeOwnNode(cluster(), { name: 'plain-1', instanceType: 'cpu-only', gpus: 0 })
    const containers = [{ name: 'model', image: 'example.test/server:1' }]
    await create('plain', makeDeployment('model', { annotations: TYPE, pod: { containers } }))
    const claim = await claimFor((await untilRunning('plain', 1))[0])
    await kubectl(['-n', 'plain', 'wait', '--for=condition=kaito.sh/Ready', 'deploy/model', '--timeout=60s'])
    await untilServed('plain', 'model', 1)
    await kubectl(['-n', 'plain', 'annotate', 'deploy/model', 'kaito.sh/preset-'])
    await until('none of our conditions is left', async () =>
      ownConditions(await get('plain', 'Deployment', 'model')).length === 0 ? true : undefined,
    )
    await kubectl(['-n', 'plain', 'rollout', 'status', 'deploy/model', '--timeout=60s'])
    const [pod] = await untilRunning('plain', 1)
    assert.ok(pod !== undefined && isReady(pod))
    assert.equal(nodeNameOf(pod), 'plain-1')
    assert.deepEqual(gatesOf(pod), [])
    await untilGone(claim)
    assert.deepEqual(ownConditions(await get('plain', 'Deployment', 'model')), [])
    // Clients may still call it by its name.
    await untilServed('plain', 'model', 1)
  })
}

function ownConditions(workload: JsonObject): readonly string[] {
  const conditions = listAt(objectAt(workload, 'status'), 'conditions') as readonly JsonObject[]
  return conditions
    .map(condition => stringAt(condition, 'type') ?? '')
    .filter(type => type.startsWith('kaito.sh/'))
}

const CONTAINERS = [{ name: 'guest', image: 'example.test/guest:1' }]
const TOLERATIONS = [{ operator: 'Exists' }]

/** A pod of somebody else, on this node. */
function makeGuest(nodeName: string): JsonObject {
  const spec = { nodeName, tolerations: TOLERATIONS, containers: CONTAINERS }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'guest' }, spec }
}

/** Its pods are on the node of one claim. */
function makeDaemonSet(namespace: string, claim: string): JsonObject {
  const labels = { app: 'agent' }
  const spec = { nodeSelector: { 'kaito.sh/claim': claim }, tolerations: TOLERATIONS, containers: CONTAINERS }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace, name: 'agent' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}
