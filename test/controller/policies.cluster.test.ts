// PresetPolicies at claim time, on real Karpenter: what admission never saw (kubectl scale, a pod or a ReplicaSet edited by
// hand, an edited policy) gets no node beyond what Deny policies allow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { makePolicy } from '../core/policy/make-policy.ts'
import { applyPolicyCrd, POLICIES } from '../kube/policy-crd.ts'
import { recordClaims } from './claim-history.ts'
import { gatesOf, isReady, nodeSelectorOf, uidOf } from './eyes.ts'
import { makeOwnNode } from './held-back.ts'
import { describeWithController } from './suite.ts'
import { makeDeployment, makeJob, makeStatefulSet } from './workloads.ts'

const SMALL = 'Standard_NC24ads_A100_v4'
const TYPE = { 'kaito.sh/instance-type': SMALL }
const LIMIT = 3
const WORKLOADS = 7

const beforeServe = async (_api: unknown, plane: Parameters<typeof applyPolicyCrd>[0]): Promise<void> => {
  await applyPolicyCrd(plane)
}

await describeWithController('policies on real Karpenter', { beforeServe }, cluster => {
  async function apply(name: string, team: string, spec: JsonObject): Promise<void> {
    const namespaceSelector = { matchLabels: { team } }
    const policy = makePolicy({ namespaceSelector, ...spec }, name)
    await cluster().kubectl(['apply', '-f', '-'], JSON.stringify(policy))
  }

  test('many workloads at once never have more GPUs than a quota, and the next is let go when one goes', async () => {
    const { plane, create, createNamespace, pods, until, untilReason, claimsOf, kubectl, eventsOf } =
      cluster()
    await apply('quota', 'quota', { limits: { gpus: LIMIT, nodes: LIMIT }, message: 'ask in #gpu-platform' })
    await createNamespace('quota', { team: 'quota' })
    const names = Array.from({ length: WORKLOADS }, (_, index) => `model-${index}`)
    for (const name of names) await create('quota', makeDeployment(name, { annotations: TYPE, replicas: 0 }))
    await using history = await recordClaims(plane)
    // Subresource scale: no webhook sees it.
    await Promise.all(names.map(name => kubectl(['-n', 'quota', 'scale', `deploy/${name}`, '--replicas=1'])))
    const running = await until('as many run as may', async () => {
      const found = (await pods('quota')).filter(isReady)
      return found.length === LIMIT ? found : undefined
    })
    const waiting = (await pods('quota')).filter(pod => !running.some(one => uidOf(one) === uidOf(pod)))
    assert.equal(waiting.length, WORKLOADS - LIMIT)
    assert.ok(waiting.every(pod => gatesOf(pod).length === 1))
    const held = deploymentOf(waiting[0])
    const condition = await untilReason(
      'quota',
      'Deployment',
      held,
      'kaito.sh/ResourceReady',
      'QuotaExceeded',
    )
    assert.match(
      stringAt(condition, 'message') ?? '',
      /policy quota: this pod's 1 GPU would exceed limits\.gpus, which is 3 in namespace quota; ask in #gpu-platform/,
    )
    const told = await until('an Event says so', async () => {
      const found = (await eventsOf('quota', held)).filter(text => text.startsWith('QuotaExceeded'))
      return found.length > 0 ? found : undefined
    })
    assert.equal(told.length, 1)

    await until('the policy says what it sees', async () => {
      const { body } = await plane.request<JsonObject>('GET', `${POLICIES}/quota`)
      const { namespaces, workloads, gpus, nodes, heldPods } = objectAt(body, 'status')
      const seen = JSON.stringify([namespaces, workloads, gpus, nodes, heldPods])
      const want = [1, WORKLOADS, WORKLOADS, LIMIT, WORKLOADS - LIMIT]
      return seen === JSON.stringify(want) ? true : undefined
    })

    // One goes after the other: each makes room for the next, until all of the rest run.
    for (const name of running.map(deploymentOf)) await kubectl(['-n', 'quota', 'delete', `deploy/${name}`])
    await until('the next ones run', async () => {
      const found = (await pods('quota')).filter(isReady)
      return found.length === LIMIT && !found.some(pod => running.some(one => uidOf(one) === uidOf(pod)))
        ? true
        : undefined
    })
    assert.ok((await claimsOf('quota')).length <= LIMIT)
    assert.ok(mostOpenGpus(history.sights) <= LIMIT)
    assert.ok(mostClaims(history.sights) <= LIMIT)
    assert.equal(mostOpenGpus(history.sights), LIMIT)
    await kubectl(['-n', 'quota', 'delete', 'deploy', '--all'])
    await cluster().untilReleased('quota')
  })

  test('a limit that is lifted lets go what it held, within seconds', async () => {
    const { create, createNamespace, untilReason, untilRunning, kubectl, untilReleased } = cluster()
    await apply('lifted', 'lifted', { limits: { gpusPerWorkload: 1 } })
    await createNamespace('lifted', { team: 'lifted' })
    await create('lifted', makeDeployment('model', { annotations: TYPE }))
    await kubectl(['-n', 'lifted', 'scale', 'deploy/model', '--replicas=2'])
    await untilReason('lifted', 'Deployment', 'model', 'kaito.sh/ResourceReady', 'QuotaExceeded')
    await apply('lifted', 'lifted', { limits: { gpusPerWorkload: 2 } })
    await untilRunning('lifted', 2)
    await kubectl(['-n', 'lifted', 'delete', 'deploy', '--all'])
    await untilReleased('lifted')
  })

  test('with provisioning none a quota of GPUs keeps the gate, and opens it without a pin', async () => {
    const { create, createNamespace, until, pods, untilReason, kubectl, claimsOf } = cluster()
    await apply('existing', 'existing', { limits: { gpus: 1 } })
    await createNamespace('existing', { team: 'existing' })
    await makeOwnNode(cluster(), { name: 'existing-1', instanceType: SMALL, gpus: 2 })
    const annotations = { ...TYPE, 'kaito.sh/provisioning': 'none' }
    await create('existing', makeDeployment('model', { annotations }))
    await kubectl(['-n', 'existing', 'scale', 'deploy/model', '--replicas=2'])
    const [running] = await until('one runs', async () => {
      const found = (await pods('existing')).filter(isReady)
      return found.length > 0 ? found : undefined
    })
    assert.ok(running !== undefined)
    assert.equal(nodeSelectorOf(running)['kubernetes.io/hostname'], undefined)
    await untilReason('existing', 'Deployment', 'model', 'kaito.sh/ResourceReady', 'QuotaExceeded')
    const others = (await pods('existing')).filter(pod => uidOf(pod) !== uidOf(running))
    assert.deepEqual(others.map(gatesOf), [['kaito.sh/waiting-for-node']])
    await apply('existing', 'existing', { limits: { gpus: 2 } })
    await until('both run', async () =>
      (await pods('existing')).filter(isReady).length === 2 ? true : undefined,
    )
    assert.deepEqual(await claimsOf('existing'), [])
    await kubectl(['-n', 'existing', 'delete', 'deploy', '--all'])
    await kubectl(['delete', 'node', 'existing-1'])
  })

  test('an edited placement gets no node: of pods of a Deployment, a StatefulSet and a Job', async () => {
    const { create, createNamespace, until, pods, patch, claimsOf, kubectl, eventsOf } = cluster()
    await createNamespace('edited')
    const hold = { pod: { schedulingGates: [{ name: 'example.com/hold' }] }, annotations: TYPE }
    await create('edited', makeDeployment('deploy', hold))
    await create('edited', makeStatefulSet('set', 1, hold))
    await create('edited', makeJob('job', hold))
    const gated = await until('their pods are there', async () => {
      const found = await pods('edited')
      return found.length === 3 ? found : undefined
    })
    for (const pod of gated) {
      const name = nameOf(pod)
      const placement = placementOf(pod).replaceAll(SMALL, 'Standard_NC96ads_A100_v4')
      assert.notEqual(placement, placementOf(pod))
      await patch('edited', 'Pod', name, 'merge-patch', annotated(placement))
      const index = gatesOf(pod).indexOf('example.com/hold')
      const path = `/spec/schedulingGates/${index}`
      await patch('edited', 'Pod', name, 'json-patch', [
        { op: 'test', path: `${path}/name`, value: 'example.com/hold' },
        { op: 'remove', path },
      ])
    }
    for (const name of ['deploy', 'job'])
      await until(`an Event at ${name} says so`, async () =>
        (await eventsOf('edited', name)).some(text =>
          /^PlacementInvalid: .*somebody has edited it/.test(text),
        )
          ? true
          : undefined,
      )
    await cluster().untilReason('edited', 'StatefulSet', 'set', 'kaito.sh/ResourceReady', 'PlacementInvalid')
    assert.deepEqual(await claimsOf('edited'), [])
    assert.ok((await pods('edited')).every(pod => gatesOf(pod).length === 1))
    await kubectl(['-n', 'edited', 'delete', 'deploy,sts,job', '--all'])
  })

  test('a pod of an older template of a StatefulSet gets its node', async () => {
    const { create, createNamespace, until, pods, patch, untilRunning, get, kubectl, untilReleased } =
      cluster()
    await createNamespace('revisions')
    const hold = { pod: { schedulingGates: [{ name: 'example.com/hold' }] }, annotations: TYPE }
    await create('revisions', makeStatefulSet('set', 1, hold))
    const [pod] = await until('its pod is there', async () => {
      const found = await pods('revisions')
      return found.length === 1 ? found : undefined
    })
    assert.ok(pod !== undefined)
    const before = await get('revisions', 'StatefulSet', 'set')
    const spec = { updateStrategy: { type: 'OnDelete', rollingUpdate: null } }
    const annotations = { 'kaito.sh/instance-type': 'Standard_NC40ads_H100_v5' }
    await patch('revisions', 'StatefulSet', 'set', 'merge-patch', { metadata: { annotations }, spec })
    const after = await get('revisions', 'StatefulSet', 'set')
    assert.notEqual(templatePlacement(after), templatePlacement(before))
    const index = gatesOf(pod).indexOf('example.com/hold')
    await patch('revisions', 'Pod', nameOf(pod), 'json-patch', [
      { op: 'remove', path: `/spec/schedulingGates/${index}` },
    ])
    const [running] = await untilRunning('revisions', 1)
    assert.equal(uidOf(running ?? {}), uidOf(pod))
    await kubectl(['-n', 'revisions', 'delete', 'sts', '--all'])
    await untilReleased('revisions')
  })

  test('a loose pod and one with a forged owner get no node; a tampered ReplicaSet nothing that is denied', async () => {
    const { create, createNamespace, until, pods, patch, claimsOf, kubectl, list, untilReason } = cluster()
    await apply('types', 'forged', { instanceTypes: { allow: [SMALL] } })
    await createNamespace('forged', { team: 'forged' })
    const hold = { pod: { schedulingGates: [{ name: 'example.com/hold' }] }, annotations: TYPE }
    await create('forged', makeDeployment('model', hold))
    const [pod] = await until('its pod is there', async () => {
      const found = await pods('forged')
      return found.length === 1 ? found : undefined
    })
    const [set] = await list('forged', 'ReplicaSet')
    assert.ok(pod !== undefined && set !== undefined)

    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: nameOf(set), controller: true }
    const loose = (name: string, more: JsonObject): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        labels: { 'kaito.sh/workload': 'deployment-model' },
        annotations: { 'kaito.sh/placement': placementOf(pod) },
        ...more,
      },
      spec: Object.assign({}, objectAt(pod, 'spec'), {
        schedulingGates: [{ name: 'kaito.sh/waiting-for-node' }],
        serviceAccountName: null,
        serviceAccount: null,
        volumes: [],
        containers: [{ name: 'model', image: 'x', resources: { limits: { 'nvidia.com/gpu': '1' } } }],
        initContainers: null,
      }),
    })
    await create('forged', loose('loose', {}))
    // The garbage collector takes it away, sooner or later.
    const wrong = { ...owner, uid: '00000000-0000-4000-8000-000000000000' }
    await create('forged', loose('wrong-owner', { ownerReferences: [wrong] }))

    // Else the Deployment's controller would put another ReplicaSet in its place at once.
    await kubectl(['-n', 'forged', 'rollout', 'pause', 'deploy/model'])
    const template = { metadata: { annotations: { 'kaito.sh/placement': forbidden(placementOf(pod)) } } }
    await patch('forged', 'ReplicaSet', nameOf(set), 'merge-patch', { spec: { template } })
    await kubectl(['-n', 'forged', 'delete', 'pod', nameOf(pod), '--wait=false'])
    const tampered = await until('a pod is made from the tampered template', async () =>
      (await pods('forged')).find(
        one => nameOf(one).startsWith('model-') && placementOf(one) === forbidden(placementOf(pod)),
      ),
    )
    const index = gatesOf(tampered).indexOf('example.com/hold')
    await patch('forged', 'Pod', nameOf(tampered), 'json-patch', [
      { op: 'remove', path: `/spec/schedulingGates/${index}` },
    ])
    const condition = await untilReason(
      'forged',
      'Deployment',
      'model',
      'kaito.sh/ResourceReady',
      'PolicyRefused',
    )
    assert.match(
      stringAt(condition, 'message') ?? '',
      /policy types: instance type Standard_NC96ads_A100_v4 is not/,
    )
    assert.deepEqual(await claimsOf('forged'), [])
    for (const one of await pods('forged')) assert.deepEqual(gatesOf(one), ['kaito.sh/waiting-for-node'])
    await kubectl(['-n', 'forged', 'delete', 'deploy,pod', '--all'])
  })
})

type Sights = Awaited<ReturnType<typeof recordClaims>>['sights']

/** The most GPUs of open pods that there were at any moment. */
function mostOpenGpus(sights: Sights): number {
  return highest(sights, sight => ('pod' in sight && sight.pod?.isGated === false ? sight.pod.gpus : 0))
}

function mostClaims(sights: Sights): number {
  return highest(sights, sight => ('claim' in sight && sight.claim !== undefined ? 1 : 0))
}

/** In the order of the API server's writes: the largest sum over all objects. */
function highest(sights: Sights, amountOf: (sight: Sights[number]) => number): number {
  const amounts = new Map<string, number>()
  let most = 0
  for (const sight of sights.toSorted((left, right) => left.version - right.version)) {
    amounts.set(sight.uid, amountOf(sight))
    most = Math.max(
      most,
      [...amounts.values()].reduce((sum, amount) => sum + amount, 0),
    )
  }
  return most
}

function deploymentOf(pod: JsonObject | undefined): string {
  return (stringAt(objectAt(pod, 'metadata'), 'generateName') ?? '').split('-').slice(0, 2).join('-')
}

function placementOf(pod: JsonObject): string {
  return stringAt(objectAt(objectAt(pod, 'metadata'), 'annotations'), 'kaito.sh/placement') ?? ''
}

function templatePlacement(workload: JsonObject): string {
  return placementOf(objectAt(objectAt(workload, 'spec'), 'template'))
}

function forbidden(placement: string): string {
  return placement.replaceAll(SMALL, 'Standard_NC96ads_A100_v4')
}

function annotated(placement: string): JsonObject {
  return { metadata: { annotations: { 'kaito.sh/placement': placement } } }
}
