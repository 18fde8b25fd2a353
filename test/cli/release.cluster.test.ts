// `release` on the real API server: held pods really become schedulable, gates of others stay.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { releaseOperations } from '../../src/cli/release-patch.ts'
import type { ReleasedPod } from '../../src/cli/release.ts'
import { createPlanned, createReadyNode, podsOf } from './planned-workload.ts'
import { runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const JSON_PATCH = 'application/json-patch+json'
const KUEUE = { name: 'kueue.x-k8s.io/admission' }

await describeWithControlPlane('release on a real API server', {}, plane => {
  const release = (...args: string[]) => runCli(['release', ...args, '--kubeconfig', plane().kubeconfig])

  test('a held pod of a Deployment is scheduled by kube-scheduler, onto a tainted GPU node', async () => {
    // With tolerations of its own the template has none of ours: the patch brings them.
    const spec = { tolerations: [{ key: 'own', operator: 'Exists' }] }
    const held = await createPlanned(plane(), file, { namespace: 'held', name: 'phi', spec })
    assert.deepEqual(held.spec.schedulingGates, [{ name: 'kaito.sh/waiting-for-node' }])
    await createReadyNode(plane(), 'gpu-1', 'Standard_NC24ads_A100_v4')

    const { code, stdout, stderr } = await release('deploy/phi', '-n', 'held')
    assert.deepEqual(
      [code, stdout.split('\n')[0]],
      [0, `POD${' '.repeat(held.metadata.name.length)}RELEASED   OTHER GATES`],
    )
    assert.match(stdout, new RegExp(`^${held.metadata.name} +yes +-$`, 'm'))
    assert.match(stderr, /kube-scheduler puts them where there is room/)

    const pod = await poll('the pod is on the node', 30_000, async () =>
      (await podsOf(plane(), 'held')).find(({ spec: { nodeName } }) => nodeName === 'gpu-1'),
    )
    assert.equal(pod.metadata.uid, held.metadata.uid)
    assert.deepEqual(pod.spec.schedulingGates ?? [], [])
  })

  test('a second time there is nothing to do', async () => {
    assert.deepEqual(await release('deploy/phi', '-n', 'held'), {
      code: 0,
      stdout: '',
      stderr: 'kaito-native holds no pod of deployment/phi\n',
    })
  })

  test('the gate of somebody else stays, wherever ours stands, and is named', async () => {
    const spec = { schedulingGates: [KUEUE] }
    const held = await createPlanned(plane(), file, { namespace: 'queued', name: 'phi', spec })
    assert.equal(held.spec.schedulingGates?.length, 2)
    const { code, stdout } = await release(`pod/${held.metadata.name}`, '-n', 'queued', '-o', 'json')
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(stdout) as readonly ReleasedPod[], [
      {
        namespace: 'queued',
        name: held.metadata.name,
        released: true,
        otherGates: [KUEUE.name],
        message: '',
      },
    ])
    const [pod] = await podsOf(plane(), 'queued')
    assert.deepEqual(pod?.spec.schedulingGates, [KUEUE])
    assert.deepEqual(JSON.parse((await release('deploy/phi', '-n', 'queued', '-o', 'json')).stdout), [])
  })

  test('a patch for a pod that has changed since is refused whole: no other gate goes in place of ours', async () => {
    const spec = { schedulingGates: [KUEUE, { name: 'example.com/second' }] }
    const { metadata } = await createPlanned(plane(), file, { namespace: 'race', name: 'phi', spec })
    const path = `/api/v1/namespaces/race/pods/${metadata.name}`
    const { body: before } = await plane().request<JsonObject>('GET', path)
    const gates = listAt(objectAt(before, 'spec'), 'schedulingGates') as readonly { name: string }[]
    const kueueAt = gates.findIndex(({ name }) => name === KUEUE.name)
    const remove = [{ op: 'remove', path: `/spec/schedulingGates/${kueueAt}` }]
    assert.equal((await plane().request('PATCH', path, remove, JSON_PATCH)).status, 200)

    const late = await plane().request('PATCH', path, releaseOperations(before), JSON_PATCH)
    assert.equal(late.status, 422)
    const [pod] = await podsOf(plane(), 'race')
    assert.deepEqual(
      pod?.spec.schedulingGates,
      gates.filter(({ name }) => name !== KUEUE.name),
    )
    const { code, stdout } = await release('deploy/phi', '-n', 'race')
    assert.equal(code, 0)
    assert.match(stdout, /yes +example\.com\/second$/m)
  })

  test('what is not there, and what one may not do, is exit code 1 with one line', async () => {
    assert.deepEqual(await release('sts/phi', '-n', 'held'), {
      code: 1,
      stdout: '',
      stderr: 'error: there is no statefulset/phi in namespace held\n',
    })
    const kubeconfig = await plane().kubeconfigFor({ user: 'nobody' })
    const refused = await runCli(['release', 'deploy/phi', '-n', 'held', '--kubeconfig', kubeconfig])
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, /^error: the API server refuses: .*User "nobody" cannot get resource.*\n$/)
  })
})

describe('release without a cluster', () => {
  test('is exit code 1 with one line', async () => {
    const { code, stderr } = await runCli(['release', 'pod/x', '--kubeconfig', '/nonexistent'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: kubeconfig: .*\n$/)
  })
})
