// Jobs, CronJobs and a StatefulSet of two nodes on real Karpenter: each gets its nodes, and gives them back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import type { StatusRow } from '../../src/core/status/status-row.ts'
import { nameOf } from '../admission/api.ts'
import { runCli } from '../cli/run-cli.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { podLevers } from '../cluster/levers.ts'
import { instanceTypesOf, isReady, labelsOf, namesOf, nodeNameOf, nodeOfClaim, uidOf } from './eyes.ts'
import { describeWithController, type Cluster } from './suite.ts'
import { makeCronJob, makeJob, makeStatefulSet } from './workloads.ts'

const HOLD = { [podLevers.completeHold]: 'true' }
const LET_GO = { metadata: { annotations: { [podLevers.completeHold]: null } } }

await describeWithController('Jobs, CronJobs and groups on real Karpenter', {}, cluster => {
  test('a Job gets a node, completes, and the node is given back', async () => {
    const { create, createNamespace, kubectl, until, claimsOf, pods, patch } = cluster()
    await createNamespace('batch')
    await create('batch', makeJob('once', { podAnnotations: HOLD }))
    const [pod] = await until('its pod runs', async () => {
      const found = await pods('batch')
      return found.length === 1 && found.every(isReady) ? found : undefined
    })
    assert.ok(pod !== undefined)
    assert.equal((await claimsOf('batch')).length, 1)
    await kubectl([
      'wait',
      '-n',
      'batch',
      '--for=condition=kaito.sh/ResourceReady',
      'job/once',
      '--timeout=30s',
    ])
    await patch('batch', 'Pod', nameOf(pod), 'merge-patch', LET_GO)
    await kubectl(['wait', '-n', 'batch', '--for=condition=kaito.sh/Ready', 'job/once', '--timeout=30s'])
    await until('its node is given back', async () =>
      (await claimsOf('batch')).length === 0 ? true : undefined,
    )
  })

  test('a CronJob: each of its Jobs arrives complete and gets a node', async () => {
    const { plane, create, createNamespace, kubectl, get, until, claimsOf, patch } = cluster()
    await createNamespace('nightly')
    await create('nightly', makeCronJob('report', '0 3 * * *', { podAnnotations: HOLD }))
    assert.deepEqual(await statusOf(plane, 'nightly', 'cronjob/report'), ['True', [], 0])
    await kubectl(['create', 'job', '-n', 'nightly', '--from=cronjob/report', 'by-hand'])
    const pod = await untilHasOwnNode(cluster(), 'nightly', 'by-hand')
    const job = await get('nightly', 'Job', 'by-hand')
    const [container] = listAt(objectAt(objectAt(objectAt(job, 'spec'), 'template'), 'spec'), 'containers')
    assert.match(JSON.stringify(container), /nvidia\.com\/gpu/)
    await until('status shows the node of its Job', async () => {
      const found = await statusOf(plane, 'nightly', 'cronjob/report')
      return isDeepStrictEqual(found, ['True', [nodeNameOf(pod)], 1]) ? true : undefined
    })
    await patch('nightly', 'Pod', nameOf(pod), 'merge-patch', LET_GO)
    await kubectl(['wait', '-n', 'nightly', '--for=condition=Complete', 'job/by-hand', '--timeout=60s'])
    await until('its node is given back', async () =>
      (await claimsOf('nightly')).length === 0 ? true : undefined,
    )
  })

  test('a CronJob makes its Jobs by the clock, and they run', { timeout: 150_000 }, async () => {
    const { create, createNamespace, kubectl, list, until, patch, untilReleased } = cluster()
    await createNamespace('minutely')
    await create('minutely', makeCronJob('tick', '* * * * *', { podAnnotations: HOLD }))
    const job = await until(
      'the clock has made a Job',
      async () => (await list('minutely', 'Job'))[0],
      90_000,
    )
    await patch('minutely', 'CronJob', 'tick', 'merge-patch', { spec: { suspend: true } })
    assert.match(nameOf(job), /^tick-\d+$/)
    const pod = await untilHasOwnNode(cluster(), 'minutely', nameOf(job))
    await patch('minutely', 'Pod', nameOf(pod), 'merge-patch', LET_GO)
    await kubectl([
      'wait',
      '-n',
      'minutely',
      '--for=condition=Complete',
      `job/${nameOf(job)}`,
      '--timeout=60s',
    ])
    await untilReleased('minutely')
  })

  test('a StatefulSet of two nodes: two claims of one type, let go together, one Service for the leader', async () => {
    const { create, createNamespace, kubectl, untilRunning, claims: allClaims, get, list, until } = cluster()
    // An idle node of a Job before this would be taken for one of the two.
    await until('no idle node is left', async () => ((await allClaims()).length === 0 ? true : undefined))
    await createNamespace('group')
    await create('group', makeStatefulSet('wide', 2))
    const pods = await untilRunning('group', 2)
    assert.deepEqual(namesOf(pods), ['wide-0', 'wide-1'])
    const claims = await allClaims()
    assert.equal(claims.length, 2)
    assert.deepEqual(claims.map(instanceTypesOf)[0], claims.map(instanceTypesOf)[1])
    const nodes = new Set(pods.map(pod => objectAt(pod, 'spec')['nodeName']))
    assert.equal(nodes.size, 2)
    await kubectl([
      'wait',
      '-n',
      'group',
      '--for=condition=kaito.sh/Ready',
      'statefulset/wide',
      '--timeout=30s',
    ])
    const spec = objectAt(await get('group', 'StatefulSet', 'wide'), 'spec')
    const services = await until('both Services are there', async () => {
      const found = await list('group', 'Service')
      return found.length === 2 ? found : undefined
    })
    const headless = services.filter(service => objectAt(service, 'spec')['clusterIP'] === 'None')
    assert.deepEqual(namesOf(headless), [spec['serviceName']])
    assert.ok(namesOf(services).includes('wide'))
  })

  test('a change of the template restarts the whole group, on the nodes that it has', async () => {
    const { patch, until, pods, claimsOf } = cluster()
    const before = { pods: await pods('group'), claims: namesOf(await claimsOf('group')) }
    const uids = new Set(before.pods.map(pod => objectAt(pod, 'metadata')['uid']))
    const template = { metadata: { annotations: { 'example.com/version': '2' } } }
    await patch('group', 'StatefulSet', 'wide', 'merge-patch', { spec: { template } })
    await until('both pods are new and run', async () => {
      const found = await pods('group')
      const isNew = found.every(pod => !uids.has(objectAt(pod, 'metadata')['uid']))
      return found.length === 2 && isNew && found.every(isReady) ? true : undefined
    })
    assert.deepEqual(namesOf(await claimsOf('group')), before.claims)
  })

  test('scaled to none, its nodes are given back', async () => {
    const { kubectl, until, claimsOf } = cluster()
    await kubectl(['scale', '-n', 'group', 'statefulset/wide', '--replicas=0'])
    await until('the nodes are given back', async () =>
      (await claimsOf('group')).length === 0 ? true : undefined,
    )
  })
})

/** The pod of the Job, once it runs on the node of a claim that was made for this Job, the only one of its namespace. */
async function untilHasOwnNode(
  { get, until, pods, claimFor, claimsOf }: Cluster,
  namespace: string,
  name: string,
): Promise<JsonObject> {
  const [pod] = await until(`the pod of ${namespace}/${name} runs`, async () => {
    const found = await pods(namespace)
    return found.length === 1 && found.every(isReady) ? found : undefined
  })
  assert.ok(pod !== undefined)
  const job = await get(namespace, 'Job', name)
  const claim = await claimFor(pod)
  assert.equal(labelsOf(claim)['kaito.sh/workload'], `job-${name}`)
  assert.equal(labelsOf(claim)['kaito.sh/workload-uid'], uidOf(job))
  assert.equal(nodeNameOf(pod), nodeOfClaim(claim))
  assert.deepEqual(namesOf(await claimsOf(namespace)), [nameOf(claim)])
  return pod
}

/** What `kaito-native status` says of it: RESOURCEREADY, nodes and GPUs. */
async function statusOf(plane: ControlPlane, namespace: string, target: string): Promise<readonly unknown[]> {
  const args = ['status', target, '-n', namespace, '-o', 'json', '--kubeconfig', plane.kubeconfig]
  const [row] = JSON.parse((await runCli(args)).stdout) as readonly StatusRow[]
  return [row?.resourceReady, row?.nodes, row?.gpus]
}
