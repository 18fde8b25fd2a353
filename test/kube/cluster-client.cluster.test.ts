// The controller's port on a real API server: what each refusal is called.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import type { ClusterClient, FailureKind, ObjectName, ResourcePath } from '../../src/core/ports.ts'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { createClusterClient } from '../../src/kube/cluster-client.ts'
import { isAlreadyExists, isConflict, isInvalid, isNotFound, isTransient } from '../../src/kube/errors.ts'
import { FAILURES } from '../../src/kube/failures.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { describeWithControlPlane } from '../cluster/available.ts'

const PODS: ResourcePath = { base: '/api/v1', resource: 'pods' }
const CONFIG_MAPS: ResourcePath = { base: '/api/v1', resource: 'configmaps' }
const NODES: ResourcePath = { base: '/api/v1', resource: 'nodes' }
const GATE = 'kaito.sh/waiting-for-node'

function pod(name: string, labels: JsonObject = {}): JsonObject {
  const spec = {
    containers: [{ name: 'model', image: 'model' }],
    schedulingGates: [{ name: GATE }],
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec }
}

function configMap(name: string, data: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { suite: 'client' } }, data }
}

function inDefault(name: string): ObjectName {
  return { namespace: 'default', name }
}

function metadataOf(object: JsonObject): { readonly uid: string; readonly resourceVersion: string } {
  const metadata = objectAt(object, 'metadata')
  return {
    uid: stringAt(metadata, 'uid') ?? '',
    resourceVersion: stringAt(metadata, 'resourceVersion') ?? '',
  }
}

/** What the controller is told of the failure, after `is` has looked at the error itself. */
async function failureOf(call: Promise<unknown>, is: (error: unknown) => boolean): Promise<FailureKind> {
  const error: unknown = await call.then(
    () => assert.fail('it has succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(is(error), String(error))
  return FAILURES.classify(error).kind
}

await describeWithControlPlane('createClusterClient', { controllers: false }, plane => {
  let kube: KubeClient
  let client: ClusterClient
  before(async () => {
    kube = createKubeClient(loadKubeConfig(plane().kubeconfig))
    client = createClusterClient(kube)
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await client.create({ base: '/api/v1', resource: 'serviceaccounts' }, 'default', account)
  })
  after(() => kube.close())

  test('creates once: the second time it is there already, which is not a changed object', async () => {
    const created = await client.create(CONFIG_MAPS, 'default', configMap('once'))
    assert.notEqual(metadataOf(created).uid, '')
    const again = client.create(CONFIG_MAPS, 'default', configMap('once'))
    assert.equal(await failureOf(again, isAlreadyExists), 'already-exists')
    const fields = objectAt(created, 'metadata')['managedFields']
    assert.match(JSON.stringify(fields), /"manager":"kaito-native"/)
    assert.equal(metadataOf(await client.get(CONFIG_MAPS, inDefault('once'))).uid, metadataOf(created).uid)
  })

  test('cluster-scoped objects have no namespace', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }
    const { uid } = metadataOf(await client.create(NODES, '', node))
    const name = { namespace: '', name: 'n1' }
    const body = { metadata: { labels: { 'kaito.sh/claim': 'kn1' } } }
    await client.patch(NODES, name, 'merge-patch', body)
    assert.equal((await client.list(NODES, { labelSelector: 'kaito.sh/claim=kn1' })).length, 1)
    await client.delete(NODES, name, { uid })
    assert.equal(await failureOf(client.get(NODES, name), isNotFound), 'not-found')
  })

  test('a JSON Patch pins a pod and opens its gate, once', async () => {
    const created = await client.create(PODS, 'default', pod('gated'))
    const operations = [
      { op: 'test', path: '/metadata/resourceVersion', value: metadataOf(created).resourceVersion },
      { op: 'test', path: '/spec/schedulingGates/0/name', value: GATE },
      { op: 'add', path: '/spec/nodeSelector', value: { 'kaito.sh/claim': 'kn1' } },
      { op: 'remove', path: '/spec/schedulingGates/0' },
    ]
    const opened = await client.patch(PODS, inDefault('gated'), 'json-patch', operations)
    assert.deepEqual(objectAt(objectAt(opened, 'spec'), 'nodeSelector'), { 'kaito.sh/claim': 'kn1' })
    const again = client.patch(PODS, inDefault('gated'), 'json-patch', operations)
    assert.equal(await failureOf(again, isConflict), 'conflict')
  })

  test('a patch that makes the object invalid is refused for good', async () => {
    await client.create(PODS, 'default', pod('fixed'))
    const operations = [{ op: 'replace', path: '/spec/containers/0/name', value: 'other' }]
    const patched = client.patch(PODS, inDefault('fixed'), 'json-patch', operations)
    assert.equal(await failureOf(patched, isInvalid), 'refused')
  })

  test('a strategic merge patch of a status merges conditions by their type', async () => {
    await client.create(PODS, 'default', pod('conditions'))
    const name = inDefault('conditions')
    for (const type of ['kaito.sh/A', 'kaito.sh/B']) {
      const body = { status: { conditions: [{ type, status: 'True' }] } }
      await client.patch(PODS, name, 'strategic-merge-patch', body, 'status')
    }
    const conditions = JSON.stringify(objectAt(await client.get(PODS, name), 'status')['conditions'])
    assert.match(conditions, /kaito\.sh\/A/)
    assert.match(conditions, /kaito\.sh\/B/)
  })

  test('deletes the object that is meant, and no other one', async () => {
    const { uid, resourceVersion } = metadataOf(
      await client.create(CONFIG_MAPS, 'default', configMap('meant')),
    )
    const name = inDefault('meant')
    const namesake = client.delete(CONFIG_MAPS, name, { uid: 'another' })
    assert.equal(await failureOf(namesake, isConflict), 'conflict')
    await client.patch(CONFIG_MAPS, name, 'merge-patch', { data: { changed: 'yes' } })
    const older = client.delete(CONFIG_MAPS, name, { uid, resourceVersion })
    assert.equal(await failureOf(older, isConflict), 'conflict')
    await client.delete(CONFIG_MAPS, name, { uid })
    assert.equal(await failureOf(client.delete(CONFIG_MAPS, name, { uid }), isNotFound), 'not-found')
  })

  test('evicts the pod that is meant, and no other one', async () => {
    const { uid } = metadataOf(await client.create(PODS, 'default', pod('evicted')))
    const name = inDefault('evicted')
    assert.equal(await failureOf(client.evict(name, 'another'), isNotFound), 'not-found')
    assert.equal(metadataOf(await client.get(PODS, name)).uid, uid)
    await client.evict(name, uid)
    assert.equal(await failureOf(client.get(PODS, name), isNotFound), 'not-found')
    assert.equal(await failureOf(client.evict(name, uid), isNotFound), 'not-found')
  })

  test('a disruption budget puts the eviction of a running pod off', async () => {
    const { uid } = metadataOf(await client.create(PODS, 'default', pod('kept', { app: 'kept' })))
    const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    await client.patch(PODS, inDefault('kept'), 'strategic-merge-patch', { status: running }, 'status')
    const path = { base: '/apis/policy/v1', resource: 'poddisruptionbudgets' }
    await client.create(path, 'default', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'kept' },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'kept' } } },
    })
    assert.equal(await failureOf(client.evict(inDefault('kept'), uid), isTransient), 'disruption-budget')
  })

  test('lists all pages, of one namespace or of all', async () => {
    const names = Array.from({ length: 501 }, (_, index) => `page-${index}`)
    await Promise.all(names.map(name => client.create(CONFIG_MAPS, 'default', configMap(name))))
    const query = { labelSelector: 'suite=client' }
    const listed = await client.list(CONFIG_MAPS, query, 'default')
    const found = new Set(listed.map(item => stringAt(objectAt(item, 'metadata'), 'name')))
    assert.ok(names.every(name => found.has(name)))
    assert.equal((await client.list(CONFIG_MAPS, query)).length, listed.length)
    assert.deepEqual(await client.list(CONFIG_MAPS, query, 'kube-system'), [])
  })
})
