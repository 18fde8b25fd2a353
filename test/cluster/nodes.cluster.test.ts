import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { describe, test } from 'node:test'
import { describeWithKarpenter, skipWithoutControlPlane, skipWithoutKarpenter } from './available.ts'
import { claimLabel, makeGpuPod, makeGpuPodSpec, makeNodeClaim, nodeClaimsPath } from './claim-objects.ts'
import { controlPlanePrograms } from './control-plane-programs.ts'
import type { ControlPlane } from './control-plane.ts'
import { deleteNode, failNode, makeGpuNode, recoverNode } from './gpu-node.ts'
import { nodeClassName } from './karpenter-objects.ts'
import { podLevers } from './levers.ts'
import { create, get, has, list, remove, until, untilGone, untilReady, type Body } from './objects.ts'
import { poll } from './poll.ts'

const timeoutMs = 60_000
const a100 = 'Standard_NC24ads_A100_v4'
const h100 = 'Standard_NC40ads_H100_v5'
const eightA100 = 'Standard_ND96amsr_A100_v4'
const instanceType = 'node.kubernetes.io/instance-type'
const podsPath = '/api/v1/namespaces/default/pods'
const jobsPath = '/apis/batch/v1/namespaces/default/jobs'

interface Event {
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly name?: string }
}

const claimPath = (name: string): string => `${nodeClaimsPath}/${name}`
const podPath = (name: string): string => `${podsPath}/${name}`

const claimReady = async (
  plane: ControlPlane,
  name: string,
  types: readonly string[],
): Promise<{ claim: Body; node: Body }> => {
  await create(plane, nodeClaimsPath, makeNodeClaim(name, types))
  const claim = await untilReady(plane, claimPath(name))
  const node = await get(plane, `/api/v1/nodes/${claim.status?.nodeName}`)
  assert.ok(node)
  return { claim, node }
}

const isRunning = ({ status }: Body): boolean => status?.phase === 'Running'

const isTainted = ({ spec }: Body): boolean =>
  (spec.taints ?? []).some(({ key }) => key === 'node.kubernetes.io/unreachable')

const makeJob = (name: string, annotations: Readonly<Record<string, string>>): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations, labels: { job: name } },
      spec: { ...makeGpuPodSpec({ [instanceType]: 'pool' }), restartPolicy: 'Never' },
    },
  },
})

const podOfJob = (plane: ControlPlane, job: string, phase: string): Promise<Body> =>
  poll(`a pod of Job ${job} that is ${phase}`, timeoutMs, async () =>
    (await list(plane, `${podsPath}?labelSelector=job%3D${job}`)).find(pod => pod.status?.phase === phase),
  )

const makeNodePool = (name: string): object => ({
  apiVersion: 'karpenter.sh/v1',
  kind: 'NodePool',
  metadata: { name },
  spec: {
    disruption: { consolidateAfter: 'Never' },
    template: {
      metadata: { labels: { pool: name } },
      spec: {
        nodeClassRef: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: nodeClassName },
        requirements: [{ key: instanceType, operator: 'In', values: [eightA100] }],
      },
    },
  },
})

await describeWithKarpenter('Karpenter and KWOK', {}, (plane, nodes) => {
  test('a claim without NodePool becomes a node with its labels, taints and GPUs', async () => {
    const { claim, node } = await claimReady(plane(), 'c1', [a100])
    for (const type of ['Launched', 'Registered', 'Initialized']) assert.ok(has(claim, type), type)
    const { labels = {} } = node.metadata
    assert.equal(labels[claimLabel], 'c1')
    assert.equal(labels[instanceType], a100)
    assert.equal(labels['karpenter.sh/capacity-type'], 'on-demand')
    assert.equal(labels['topology.kubernetes.io/zone'], 'zone-1')
    assert.equal(labels['karpenter.sh/registered'], 'true')
    assert.equal(labels['karpenter.sh/initialized'], 'true')
    assert.ok(has(node, 'Ready'))
    for (const { status } of [claim, node]) {
      assert.equal(status?.allocatable?.['nvidia.com/gpu'], '1')
      assert.equal(status.capacity?.['nvidia.com/gpu'], '1')
    }
    await until(plane(), `/api/v1/nodes/${node.metadata.name}`, "has the claim's taint alone", ({ spec }) =>
      (spec.taints ?? []).every(({ key }) => key === 'sku'),
    )
  })

  test('a pod pinned to it by label runs; with the claim go pod and node', async () => {
    await create(plane(), podsPath, makeGpuPod('p1', { [claimLabel]: 'c1' }))
    const pod = await untilReady(plane(), podPath('p1'))
    assert.equal(pod.status?.phase, 'Running')
    const claim = await get(plane(), claimPath('c1'))
    assert.equal(pod.spec.nodeName, claim?.status?.nodeName)
    await remove(plane(), claimPath('c1'))
    assert.equal(await get(plane(), podPath('p1')), undefined)
    await untilGone(plane(), `/api/v1/nodes/${pod.spec.nodeName}`)
  })

  test('without capacity the claim vanishes; an event says why', async () => {
    nodes().scarce.set({ [a100]: 'no quota in eastus', [h100]: undefined })
    await create(plane(), nodeClaimsPath, makeNodeClaim('c2', [a100, h100]))
    await untilGone(plane(), claimPath('c2'))
    const event = await poll('an event about c2', timeoutMs, async () =>
      (await list<Event>(plane(), '/api/v1/events')).find(
        ({ reason, involvedObject }) =>
          reason === 'InsufficientCapacityError' && involvedObject.name === 'c2',
      ),
    )
    assert.equal(
      event.message,
      `NodeClaim c2 event: insufficient capacity, no quota in eastus; no capacity for instance type ${h100}`,
    )
  })

  test('of several types the cheapest that is not scarce is taken', async () => {
    nodes().scarce.set({})
    const cheapest = await claimReady(plane(), 'c3', [h100, a100])
    assert.equal(cheapest.node.metadata.labels?.[instanceType], a100)
    nodes().scarce.set({ [a100]: undefined })
    const other = await claimReady(plane(), 'c4', [a100, h100])
    assert.equal(other.node.metadata.labels?.[instanceType], h100)
    nodes().scarce.set({})
  })

  test('a slow type registers late', async () => {
    const seconds = 1.5
    nodes().slow.set({ [a100]: seconds })
    const startMs = Date.now()
    await create(plane(), nodeClaimsPath, makeNodeClaim('c5', [a100]))
    const launched = await until(plane(), claimPath('c5'), 'launched', claim => has(claim, 'Launched'))
    assert.ok(has(launched, 'Registered', 'Unknown'))
    await untilReady(plane(), claimPath('c5'))
    assert.ok(Date.now() - startMs >= seconds * 1000)
    nodes().slow.set({})
  })

  test("deleting one of Karpenter's nodes takes its claim along", async () => {
    const claim = await get(plane(), claimPath('c5'))
    await deleteNode(plane(), claim?.status?.nodeName ?? '')
    await untilGone(plane(), claimPath('c5'))
  })

  test('a node of nobody runs pods, fails and recovers', async () => {
    await makeGpuNode(plane(), { name: 'own-1', instanceType: 'pool', gpus: 2, labels: { pool: 'own' } })
    await create(plane(), podsPath, makeGpuPod('p2', { pool: 'own' }))
    await untilReady(plane(), podPath('p2'))
    const nodePath = '/api/v1/nodes/own-1'
    await failNode(plane(), 'own-1')
    await until(plane(), nodePath, 'tainted', isTainted)
    assert.ok(has(await get(plane(), podPath('p2')), 'Ready', 'False'))
    await recoverNode(plane(), 'own-1')
    await until(plane(), nodePath, 'not tainted', node => !isTainted(node))
    assert.ok(has(await get(plane(), podPath('p2')), 'Ready'))
    assert.ok(await get(plane(), '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/own-1'))
    await remove(plane(), podPath('p2'))
  })

  test('a pod becomes ready after its delay', async () => {
    const seconds = 1
    await create(
      plane(),
      podsPath,
      makeGpuPod('p3', { pool: 'own' }, { [podLevers.readyDelay]: `${seconds}s` }),
    )
    const running = await until(plane(), podPath('p3'), 'running', isRunning)
    assert.ok(has(running, 'Ready', 'False'))
    await untilReady(plane(), podPath('p3'))
    await remove(plane(), podPath('p3'))
  })

  test("a Job's pod succeeds, or runs while it is held, or fails", async () => {
    const { completeHold, failExitCode } = podLevers
    await create(plane(), jobsPath, makeJob('quick', {}))
    await until(plane(), `${jobsPath}/quick`, 'complete', job => has(job, 'Complete'))
    await create(plane(), jobsPath, makeJob('held', { [completeHold]: 'true' }))
    await create(plane(), jobsPath, makeJob('failing', { [failExitCode]: '3' }))
    await until(plane(), `${jobsPath}/failing`, 'failed', job => has(job, 'Failed'))
    const held = await podOfJob(plane(), 'held', 'Running')
    const release = { metadata: { annotations: { [completeHold]: null } } }
    await plane().request('PATCH', podPath(held.metadata.name), release, 'application/merge-patch+json')
    await until(plane(), `${jobsPath}/held`, 'complete', job => has(job, 'Complete'))
  })

  test('a NodePool buys for a pod that waits, not for one that is gated', async () => {
    await create(plane(), '/apis/karpenter.sh/v1/nodepools', makeNodePool('auto'))
    const gated = makeGpuPod('gated', { pool: 'auto' }, {}, 8) as { spec: object }
    const schedulingGates = [{ name: 'kaito.sh/test' }]
    await create(plane(), podsPath, { ...gated, spec: { ...gated.spec, schedulingGates } })
    await create(plane(), podsPath, makeGpuPod('waiting', { pool: 'auto' }, {}, 8))
    await untilReady(plane(), podPath('waiting'))
    const bought = await list(plane(), `${nodeClaimsPath}?labelSelector=karpenter.sh%2Fnodepool%3Dauto`)
    assert.equal(bought.length, 1)
  })

  test('both run to the end', () => nodes().assertRunning())
})

describe('without Go', { skip: await skipWithoutControlPlane() }, () => {
  test('the tests are skipped and say why, and fail in CI', async () => {
    const programs = await controlPlanePrograms(['kubectl'])
    const environment = {
      PATH: '/nonexistent',
      KUBEBUILDER_ASSETS: dirname(programs('kubectl').path),
    }
    assert.equal(await skipWithoutKarpenter({}, environment), 'needs Karpenter and KWOK: there is no Go')
    await assert.rejects(
      skipWithoutKarpenter({}, { ...environment, CI: 'true' }),
      /there is no Go; in CI nothing may be skipped/,
    )
  })
})
