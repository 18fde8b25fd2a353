// Disruptions that Kubernetes itself knows: pods of higher priority that take a node, and budgets that allow no eviction.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { deleteNode } from '../cluster/gpu-node.ts'
import { podLevers } from '../cluster/levers.ts'
import { conditionOf, isReady, namesOf, nodeNameOf, nodeOfClaim, uidOf } from './eyes.ts'
import { untilEvicted, untilPinned, untilRuns } from './eviction.ts'
import { HELD_BACK, letGo } from './held-back.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment, makeJob, makeStatefulSet } from './workloads.ts'

const TYPE = { 'kaito.sh/instance-type': 'Standard_NC24ads_A100_v4' }
const PRIORITY = 'urgent'
/** Back-off doubles from half a second: so many tries fit into the first half minute, and a loop would be far beyond. */
const MOST_TRIES = 8

export function definePreemption(cluster: () => Cluster): void {
  test('a pod of higher priority takes the node of a running one: another node, and no detour', async () => {
    const { create, createNamespace, untilRunning, until, claimFor, claimsOf, eventsOf, kubectl, remove } =
      cluster()
    await makePriority(cluster())
    await createNamespace('preempted')
    await create('preempted', makeDeployment('model', { annotations: TYPE }))
    const [first] = await untilRunning('preempted', 1)
    const claim = await claimFor(first)
    const evictedBefore = await evictionTries(cluster())
    await create('preempted', makeUrgent('urgent', claim))
    const second = await until('another pod of ours runs', async () => {
      const found = (await untilRunning('preempted', 2)).filter(pod => nameOf(pod) !== 'urgent')
      return found.find(pod => uidOf(pod) !== uidOf(first ?? {}))
    })
    assert.notEqual(nodeNameOf(second), nodeOfClaim(claim))
    assert.equal(nodeNameOf(second), nodeOfClaim(await claimFor(second)))
    assert.deepEqual((await claimsOf('preempted')).length, 2)
    // Its successor was never sent to the node that kube-scheduler had just cleared for somebody else.
    const said = await until('an Event on it', async () => {
      const found = (await eventsOf('preempted', nameOf(second))).filter(event => event.startsWith('Node'))
      return found.length > 0 ? found : undefined
    })
    assert.deepEqual(said, [`NodeAssigned: node ${nodeNameOf(second)}`])
    assert.equal(await evictionTries(cluster()), evictedBefore)
    await kubectl(['-n', 'preempted', 'scale', 'deploy/model', '--replicas=0'])
    await untilRunning('preempted', 1)
    await remove('preempted', 'Pod', 'urgent')
  })

  test('a running pod of a Job is preempted: the Job does not fail, and completes elsewhere', async () => {
    const { create, createNamespace, untilRunning, until, claimFor, patch, get, remove } = cluster()
    await makePriority(cluster())
    await createNamespace('preempted-job')
    const podAnnotations = { [podLevers.completeHold]: 'true' }
    await create('preempted-job', makeJob('batch', { annotations: TYPE, podAnnotations }))
    const [first] = await untilRunning('preempted-job', 1)
    const claim = await claimFor(first)
    await create('preempted-job', makeUrgent('urgent', claim))
    const second = await until('another pod of the Job runs', async () => {
      const found = (await untilRunning('preempted-job', 2)).filter(pod => nameOf(pod) !== 'urgent')
      return found.find(pod => uidOf(pod) !== uidOf(first ?? {}))
    })
    await patch('preempted-job', 'Pod', nameOf(second), 'merge-patch', {
      metadata: { annotations: { [podLevers.completeHold]: null } },
    })
    const job = await until('the Job is complete', async () => {
      const found = await get('preempted-job', 'Job', 'batch')
      assert.equal(conditionOf(found, 'Failed'), undefined)
      return conditionOf(found, 'Complete')?.['status'] === 'True' ? found : undefined
    })
    assert.equal(objectAt(job, 'spec')['backoffLimit'], 0)
    assert.equal(objectAt(job, 'status')['failed'], undefined)
    await remove('preempted-job', 'Pod', 'urgent')
  })
}

export function defineBudgets(cluster: () => Cluster): void {
  test('a budget of none does not hold a pod on a lost node that has not started', async () => {
    const { plane, create, createNamespace, claimFor } = cluster()
    await createNamespace('pinned-budget')
    await makeBudget(cluster(), 'pinned-budget', 'model')
    await create('pinned-budget', makeDeployment('model', { annotations: TYPE, pod: HELD_BACK }))
    const first = await untilPinned(cluster(), 'pinned-budget')
    await deleteNode(plane, nodeOfClaim(await claimFor(first)))
    const second = await untilPinned(cluster(), 'pinned-budget', first)
    await untilEvicted(cluster(), first, 'NodeLost')
    const node = nodeOfClaim(await claimFor(second))
    await letGo(cluster(), 'pinned-budget', node)
    await untilRuns(cluster(), second, node)
  })

  test('a group whose budget allows no eviction stays as it is, says so, and starts anew when it may', async () => {
    const { create, createNamespace, untilRunning, until, patch, pods, eventsOf, kubectl, claimsOf } =
      cluster()
    await createNamespace('group-budget')
    await create('group-budget', makeStatefulSet('wide', 2, { annotations: TYPE }))
    const before = await untilRunning('group-budget', 2)
    const claims = namesOf(await claimsOf('group-budget'))
    await makeBudget(cluster(), 'group-budget', 'wide')
    const triedBefore = await evictionTries(cluster())
    const template = { metadata: { annotations: { 'example.com/version': '2' } } }
    await patch('group-budget', 'StatefulSet', 'wide', 'merge-patch', { spec: { template } })
    for (const name of ['wide', 'wide-0', 'wide-1']) {
      const said = await until(`an Event on ${name} names the budget`, async () =>
        (await eventsOf('group-budget', name)).find(event => event.startsWith('EvictionRefused: ')),
      )
      assert.match(said, /disruption budget none needs 2 healthy pods/)
    }
    const tries = (await evictionTries(cluster())) - triedBefore
    assert.ok(tries <= MOST_TRIES * 2, `${tries} evictions were tried`)
    assert.deepEqual(namesOf((await pods('group-budget')).filter(isReady)), ['wide-0', 'wide-1'])
    assert.deepEqual(new Set((await pods('group-budget')).map(uidOf)), new Set(before.map(uidOf)))

    await kubectl(['-n', 'group-budget', 'delete', 'pdb', 'none'])
    const old = new Set(before.map(uidOf))
    await until(
      'both pods are new and run',
      async () => {
        const found = await pods('group-budget')
        return found.length === 2 && found.every(pod => isReady(pod) && !old.has(uidOf(pod)))
          ? true
          : undefined
      },
      120_000,
    )
    assert.deepEqual(namesOf(await claimsOf('group-budget')), claims)
  })
}

async function makePriority({ kubectl }: Cluster): Promise<void> {
  const metadata = { name: PRIORITY }
  const priority = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value: 1000 }
  await kubectl(['apply', '-f', '-'], JSON.stringify(priority))
}

/** Of somebody else; only the node of this claim will do, and all its GPUs. */
function makeUrgent(name: string, claim: JsonObject): JsonObject {
  const resources = { limits: { 'nvidia.com/gpu': '1' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      priorityClassName: PRIORITY,
      nodeSelector: { 'kaito.sh/claim': nameOf(claim) },
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name, image: 'example.test/urgent:1', resources }],
    },
  }
}

/** Allows no disruption of this app's pods. */
async function makeBudget({ kubectl }: Cluster, namespace: string, app: string): Promise<void> {
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { namespace, name: 'none' },
    spec: { minAvailable: '100%', selector: { matchLabels: { app } } },
  }
  await kubectl(['apply', '-f', '-'], JSON.stringify(budget))
}

/** Evictions that the controller has asked for, refused ones too. */
async function evictionTries({ serve }: Cluster): Promise<number> {
  const samples = (await serve.metrics()).matchAll(
    /^kaito_native_controller_actions_total\{[^}]*type="evict-pod"[^}]*\} (\d+)$/gm,
  )
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0)
}
