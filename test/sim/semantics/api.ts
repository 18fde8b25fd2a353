// What the simulator takes for granted about the API server.
import assert from 'node:assert/strict'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import {
  conditionOf,
  DEPLOYMENTS,
  JSON_PATCH,
  makePod,
  makeWorkload,
  MERGE_PATCH,
  metadataOf,
  PODS,
  STRATEGIC_PATCH,
  uidOf,
  versionOf,
  type Answer,
  type Semantic,
  type SubjectCluster,
} from './semantic.ts'

const GATE = 'kaito.sh/waiting-for-node'

async function create(cluster: SubjectCluster, path: string, object: JsonObject): Promise<JsonObject> {
  const { status, body } = await cluster.request('POST', path, object)
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

function reasonOf({ status, body }: Answer): readonly unknown[] {
  return [status, body['reason']]
}

function openGate(version: string, gate: string, extra: readonly JsonObject[] = []): readonly JsonObject[] {
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: version },
    { op: 'test', path: '/spec/schedulingGates/0/name', value: gate },
    ...extra,
    { op: 'remove', path: '/spec/schedulingGates/0' },
  ]
}

export const API_SEMANTICS: readonly Semantic[] = [
  {
    name: 'a second object of a name is refused, another one is not found',
    async check(cluster) {
      await create(cluster, PODS, makePod('twice'))
      assert.deepEqual(reasonOf(await cluster.request('POST', PODS, makePod('twice'))), [
        409,
        'AlreadyExists',
      ])
      assert.deepEqual(reasonOf(await cluster.request('GET', `${PODS}/nobody`)), [404, 'NotFound'])
    },
  },
  {
    name: 'times have whole seconds, versions rise over all kinds',
    async check(cluster) {
      const pod = await create(cluster, PODS, makePod('timed'))
      assert.match(stringAt(metadataOf(pod), 'creationTimestamp') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      const other = await create(cluster, DEPLOYMENTS, makeWorkload('Deployment', 'timed', { replicas: 0 }))
      assert.ok(Number(versionOf(other)) > Number(versionOf(pod)))
    },
  },
  {
    name: 'one JSON Patch pins a pod and opens its gate; with an older version or another gate it is refused whole',
    async check(cluster) {
      const path = `${PODS}/gated`
      const pod = await create(cluster, PODS, makePod('gated'))
      const pin = [{ op: 'add', path: '/spec/nodeSelector', value: { 'kaito.sh/claim': 'kn1' } }]
      for (const [version, gate] of [
        ['1', GATE],
        [versionOf(pod), 'kueue.x-k8s.io/admission'],
      ] as const) {
        const refused = await cluster.request('PATCH', path, openGate(version, gate, pin), JSON_PATCH)
        assert.deepEqual(reasonOf(refused), [422, 'Invalid'])
        assert.deepEqual(objectAt(refused.body, 'details'), {})
      }
      const { status, body } = await cluster.request(
        'PATCH',
        path,
        openGate(versionOf(pod), GATE, pin),
        JSON_PATCH,
      )
      const spec = objectAt(body, 'spec')
      assert.deepEqual([status, listAt(spec, 'schedulingGates')], [200, []])
      assert.equal(objectAt(spec, 'nodeSelector')['kaito.sh/claim'], 'kn1')
    },
  },
  {
    name: 'the node selector only grows, and only while there is a gate; gates only go',
    async check(cluster) {
      const path = `${PODS}/grows`
      await create(
        cluster,
        PODS,
        makePod('grows', [GATE, 'other.example/gate'], { nodeSelector: { zone: 'a' } }),
      )
      const patch = (change: JsonObject) => cluster.request('PATCH', path, { spec: change }, MERGE_PATCH)
      assert.equal((await patch({ nodeSelector: { zone: 'b' } })).status, 422)
      assert.equal((await patch({ nodeSelector: { disk: 'fast' } })).status, 200)
      assert.equal(
        (await patch({ schedulingGates: [{ name: GATE }, { name: 'new.example/gate' }] })).status,
        422,
      )
      assert.equal((await patch({ schedulingGates: null })).status, 200)
      assert.equal((await patch({ nodeSelector: { late: 'yes' } })).status, 422)
    },
  },
  {
    name: 'a deletion names uid and version, and is refused where either has changed',
    async check(cluster) {
      const path = `${DEPLOYMENTS}/precise`
      const made = await create(cluster, DEPLOYMENTS, makeWorkload('Deployment', 'precise', { replicas: 0 }))
      const remove = (preconditions: JsonObject) =>
        cluster.request('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions })
      assert.deepEqual(reasonOf(await remove({ uid: 'another' })), [409, 'Conflict'])
      assert.deepEqual(reasonOf(await remove({ uid: uidOf(made), resourceVersion: '1' })), [409, 'Conflict'])
      assert.equal((await remove({ uid: uidOf(made) })).status, 200)
    },
  },
  {
    name: 'what has a finalizer stays, on its way out, until the finalizer goes',
    async check(cluster) {
      const path = `${PODS}/held`
      const pod = makePod('held')
      await create(cluster, PODS, { ...pod, metadata: { name: 'held', finalizers: ['example.com/hold'] } })
      assert.equal((await cluster.request('DELETE', path)).status, 200)
      const { status, body } = await cluster.request('GET', path)
      assert.equal(status, 200)
      assert.equal(typeof metadataOf(body)['deletionTimestamp'], 'string')
      await cluster.request('PATCH', path, { metadata: { finalizers: null } }, MERGE_PATCH)
      assert.equal((await cluster.request('GET', path)).status, 404)
    },
  },
  {
    name: 'a pod without a node goes at once, by deletion and by eviction',
    async check(cluster) {
      await create(cluster, PODS, makePod('deleted'))
      assert.equal((await cluster.request('DELETE', `${PODS}/deleted`)).status, 200)
      assert.equal((await cluster.request('GET', `${PODS}/deleted`)).status, 404)
      const pod = await create(cluster, PODS, makePod('evicted'))
      const deleteOptions = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: uidOf(pod) } }
      const metadata = { namespace: 'default', name: 'evicted' }
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata, deleteOptions }
      assert.equal((await cluster.request('POST', `${PODS}/evicted/eviction`, eviction)).status, 201)
      assert.equal((await cluster.request('GET', `${PODS}/evicted`)).status, 404)
    },
  },
  {
    name: 'a merge patch of null takes an annotation away; what changes nothing is no write',
    async check(cluster) {
      const path = `${PODS}/marked`
      const made = await create(cluster, PODS, makePod('marked'))
      const mark = (value: string | null) =>
        cluster.request(
          'PATCH',
          path,
          { metadata: { annotations: { 'kaito.sh/idle-since': value } } },
          MERGE_PATCH,
        )
      const marked = (await mark('now')).body
      assert.equal(objectAt(metadataOf(marked), 'annotations')['kaito.sh/idle-since'], 'now')
      assert.notEqual(versionOf(marked), versionOf(made))
      assert.equal(versionOf((await mark('now')).body), versionOf(marked))
      const unmarked = (await mark(null)).body
      assert.equal(objectAt(metadataOf(unmarked), 'annotations')['kaito.sh/idle-since'], undefined)
    },
  },
  {
    name: 'conditions are merged by type; a status patch changes nothing else, another patch not the status',
    async check(cluster) {
      const path = `${DEPLOYMENTS}/conditions`
      const made = await create(
        cluster,
        DEPLOYMENTS,
        makeWorkload('Deployment', 'conditions', { replicas: 0 }),
      )
      const write = (...conditions: readonly JsonObject[]) =>
        cluster.request(
          'PATCH',
          `${path}/status`,
          { spec: { replicas: 7 }, status: { conditions } },
          STRATEGIC_PATCH,
        )
      const one = { type: 'kaito.sh/Ready', status: 'True', reason: 'A', message: 'a' }
      const other = { type: 'kaito.sh/ResourceReady', status: 'False', reason: 'B', message: 'b' }
      await write(one)
      const both = (await write(other)).body
      assert.equal(conditionOf(both, one.type)?.['status'], 'True')
      assert.equal(conditionOf(both, other.type)?.['status'], 'False')
      assert.equal(objectAt(both, 'spec')['replicas'], 0)
      const left = (await write({ $patch: 'delete', type: one.type })).body
      assert.equal(conditionOf(left, one.type), undefined)
      const kept = (await cluster.request('PATCH', path, { status: { replicas: 9 } }, MERGE_PATCH)).body
      assert.notEqual(objectAt(kept, 'status')['replicas'], 9)
      assert.equal(conditionOf(kept, other.type)?.['reason'], 'B')
      const wrong = await cluster.request(
        'PATCH',
        `${path}/status`,
        { metadata: { uid: `${uidOf(made)}0` }, status: { conditions: [one] } },
        STRATEGIC_PATCH,
      )
      assert.deepEqual(reasonOf(wrong), [422, 'Invalid'])
      assert.notDeepEqual(objectAt(wrong.body, 'details'), {})
    },
  },
  {
    name: 'lists select by label and by field',
    async check(cluster) {
      const pod = makePod('selected')
      await create(cluster, PODS, {
        ...pod,
        metadata: { name: 'selected', labels: { 'kaito.sh/claim': 'kn9' } },
      })
      for (const query of ['labelSelector=kaito.sh%2Fclaim', 'fieldSelector=metadata.name%3Dselected']) {
        const { body } = await cluster.request('GET', `${PODS}?${query}`)
        const names = listAt(body, 'items')
          .filter(isObject)
          .map(item => metadataOf(item)['name'])
        assert.deepEqual(names, ['selected'], query)
      }
      const { body } = await cluster.request('GET', `${PODS}?fieldSelector=spec.nodeName%3Dnode-1`)
      assert.deepEqual(listAt(body, 'items'), [])
    },
  },
]
