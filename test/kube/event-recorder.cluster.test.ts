// Events on a real API server, as people see them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { createEventRecorder, type ClosableEventRecorder } from '../../src/kube/event-recorder.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { describeWithControlPlane } from '../cluster/available.ts'

function uidOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'uid') ?? ''
}

await describeWithControlPlane('createEventRecorder on a real API server', { controllers: false }, plane => {
  let client: KubeClient
  const failures: unknown[] = []
  before(() => {
    client = createKubeClient(loadKubeConfig(plane().kubeconfig))
  })
  after(() => client.close())

  function makeRecorder(): ClosableEventRecorder {
    const observer = {
      onDropped: () => failures.push('dropped'),
      onFailure: (_note: unknown, error: unknown) => failures.push(error),
    }
    return createEventRecorder(client, { component: 'kaito-native', instance: 'test', observer })
  }

  async function kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await plane().kubectl(args)
    assert.equal(code, 0, stderr)
    return stdout
  }

  test('kubectl describe and get events print them, repeated ones once', async () => {
    const created = await client.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'phi' } },
    })
    const uid = uidOf(created)
    const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'phi', uid }
    const first = makeRecorder()
    const note = { object, type: 'Normal', reason: 'ClaimCreated', message: 'a node is on its way' } as const
    first.record(note)
    await first.close()
    const recorder = makeRecorder()
    const warning = {
      ...note,
      type: 'Warning',
      reason: 'CapacityRefused',
      message: 'é'.repeat(1000),
    } as const
    for (let times = 0; times < 3; times++) recorder.record(warning)
    await recorder.close()
    assert.deepEqual(failures, [])
    const described = await kubectl('describe', 'configmap', 'phi')
    assert.match(described, /Normal +ClaimCreated +\d+s +kaito-native +a node is on its way/)
    assert.match(described, /Warning +CapacityRefused +\d+s( \(x3 over \d+s\))? +kaito-native +é+…/)
    const listed = await kubectl('get', 'events', '--field-selector', `involvedObject.uid=${uid}`)
    assert.match(listed, /Warning +CapacityRefused +configmap\/phi +é/)
    const counts = await kubectl('get', 'events', '-o', 'jsonpath={.items[?(@.type=="Warning")].count}')
    assert.equal(counts, '3')
  })

  test('a cluster-scoped object has its Events in default', async () => {
    const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }
    const created = await client.request({ method: 'POST', path: '/api/v1/nodes', body })
    const uid = uidOf(created)
    const object = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n1', uid }
    const recorder = makeRecorder()
    recorder.record({ object, type: 'Normal', reason: 'NodeReleased', message: 'nobody needs it' })
    await recorder.close()
    assert.deepEqual(failures, [])
    assert.match(await kubectl('describe', 'node', 'n1'), /NodeReleased .*nobody needs it/)
    assert.match(await kubectl('get', 'events', '-n', 'default'), /NodeReleased +node\/n1/)
  })

  test('a namespace that is not there is a failure that is counted, and nothing more', async () => {
    const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'none', name: 'p', uid: 'u' }
    const recorder = makeRecorder()
    recorder.record({ object, type: 'Normal', reason: 'NodeAssigned', message: 'n1' })
    await recorder.close()
    assert.equal(failures.length, 1)
    assert.match(String(failures[0]), /namespaces "none" not found/)
  })
})
