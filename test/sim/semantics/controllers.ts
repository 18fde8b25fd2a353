// What the simulator takes for granted about Kubernetes' own controllers.
import assert from 'node:assert/strict'
import { isObject, listAt, objectAt, type JsonObject } from '../../../src/core/api/json.ts'
import {
  conditionOf,
  DEPLOYMENTS,
  JOBS,
  listOf,
  makeJob,
  makeWorkload,
  MERGE_PATCH,
  metadataOf,
  nameOf,
  PODS,
  REPLICA_SETS,
  STATEFUL_SETS,
  STRATEGIC_PATCH,
  uidOf,
  untilGone,
  untilThereAre,
  type Semantic,
  type SubjectCluster,
} from './semantic.ts'

const OURS = { type: 'kaito.sh/Ready', status: 'False', reason: 'Waiting', message: 'waits' }

function controllerOf(object: JsonObject | undefined): unknown {
  const owners = listAt(metadataOf(object ?? {}), 'ownerReferences').filter(isObject)
  return owners.find(owner => owner['controller'] === true)?.['uid']
}

async function create(cluster: SubjectCluster, path: string, object: JsonObject): Promise<JsonObject> {
  const { status, body } = await cluster.request('POST', path, object)
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

async function evict(cluster: SubjectCluster, pod: JsonObject): Promise<void> {
  const name = nameOf(pod)
  const metadata = { namespace: 'default', name }
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata }
  assert.equal((await cluster.request('POST', `${PODS}/${name}/eviction`, eviction)).status, 201)
}

async function untilEnded(cluster: SubjectCluster, path: string, type: string): Promise<void> {
  await cluster.until(`${path} is ${type}`, async () => {
    const { body } = await cluster.request('GET', path)
    return conditionOf(body, type)?.['status'] === 'True' ? true : undefined
  })
}

function revision(pod: JsonObject): unknown {
  return objectAt(metadataOf(pod), 'labels')['controller-revision-hash']
}

export const CONTROLLER_SEMANTICS: readonly Semantic[] = [
  {
    name: 'a Deployment has its pods through a ReplicaSet that carries the labels of the template',
    async check(cluster) {
      const deployment = await create(cluster, DEPLOYMENTS, makeWorkload('Deployment', 'chain'))
      const pods = await untilThereAre(cluster, 2, PODS, 'chain')
      const [set] = await untilThereAre(cluster, 1, REPLICA_SETS, 'chain')
      assert.equal(controllerOf(set), uidOf(deployment))
      assert.deepEqual([...new Set(pods.map(controllerOf))], [uidOf(set ?? {})])
      assert.equal(conditionOf(pods[0] ?? {}, 'PodScheduled')?.['reason'], 'SchedulingGated')
    },
  },
  {
    name: 'the Deployment controller keeps foreign conditions, the StatefulSet controller throws them away',
    async check(cluster) {
      for (const [path, kind, keeps] of [
        [DEPLOYMENTS, 'Deployment', true],
        [STATEFUL_SETS, 'StatefulSet', false],
      ] as const) {
        const name = `foreign-${kind.toLowerCase()}`
        await create(cluster, path, makeWorkload(kind, name))
        await untilThereAre(cluster, 2, PODS, name)
        await cluster.until(`${name} has a status`, async () => {
          const { body } = await cluster.request('GET', `${path}/${name}`)
          return objectAt(body, 'status')['replicas'] === 2 ? true : undefined
        })
        const status = { status: { conditions: [OURS] } }
        await cluster.request('PATCH', `${path}/${name}/status`, status, STRATEGIC_PATCH)
        await cluster.request('PATCH', `${path}/${name}`, { spec: { replicas: 1 } }, MERGE_PATCH)
        const written = await cluster.until(`${name} has another status`, async () => {
          const { body } = await cluster.request('GET', `${path}/${name}`)
          return objectAt(body, 'status')['replicas'] === 1 ? body : undefined
        })
        assert.equal(conditionOf(written, OURS.type) !== undefined, keeps, kind)
      }
    },
  },
  {
    name: 'a parallel StatefulSet makes all pods at once, under names that come again',
    async check(cluster) {
      await create(cluster, STATEFUL_SETS, makeWorkload('StatefulSet', 'ranks'))
      const pods = await untilThereAre(cluster, 2, PODS, 'ranks')
      const names = pods.map(nameOf)
      assert.deepEqual(new Set(names), new Set(['ranks-0', 'ranks-1']))
      const first = pods.find(pod => nameOf(pod) === 'ranks-0') ?? {}
      await evict(cluster, first)
      await cluster.until('another ranks-0', async () => {
        const { status, body } = await cluster.request('GET', `${PODS}/ranks-0`)
        return status === 200 && uidOf(body) !== uidOf(first) ? true : undefined
      })
    },
  },
  {
    name: 'with OnDelete a new template leaves the pods alone, and the status names the new revision',
    async check(cluster) {
      const spec = { updateStrategy: { type: 'OnDelete' } }
      await create(cluster, STATEFUL_SETS, makeWorkload('StatefulSet', 'kept', spec))
      const before = await untilThereAre(cluster, 2, PODS, 'kept')
      const template = { metadata: { annotations: { 'example.com/rollout': '2' } } }
      await cluster.request('PATCH', `${STATEFUL_SETS}/kept`, { spec: { template } }, MERGE_PATCH)
      await cluster.until('another update revision', async () => {
        const { body } = await cluster.request('GET', `${STATEFUL_SETS}/kept`)
        const { updateRevision } = objectAt(body, 'status')
        return updateRevision !== undefined && updateRevision !== revision(before[0] ?? {}) ? true : undefined
      })
      const after = await untilThereAre(cluster, 2, PODS, 'kept')
      assert.deepEqual(after.map(uidOf).toSorted(), before.map(uidOf).toSorted())
    },
  },
  {
    name: 'a StatefulSet that is scaled down loses its highest ordinals',
    async check(cluster) {
      await create(cluster, STATEFUL_SETS, makeWorkload('StatefulSet', 'less', { replicas: 3 }))
      await untilThereAre(cluster, 3, PODS, 'less')
      await cluster.request('PATCH', `${STATEFUL_SETS}/less`, { spec: { replicas: 1 } }, MERGE_PATCH)
      const left = await untilThereAre(cluster, 1, PODS, 'less')
      assert.deepEqual(left.map(nameOf), ['less-0'])
    },
  },
  {
    name: 'a rollout goes no further than may be missing while its new pods are not ready',
    async check(cluster) {
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
      await create(cluster, DEPLOYMENTS, makeWorkload('Deployment', 'rolled', { replicas: 3, strategy }))
      const before = await untilThereAre(cluster, 3, PODS, 'rolled')
      const template = { metadata: { annotations: { 'example.com/rollout': '2' } } }
      await cluster.request('PATCH', `${DEPLOYMENTS}/rolled`, { spec: { template } }, MERGE_PATCH)
      const old = new Set(before.map(uidOf))
      const isOld = (pod: JsonObject): boolean => old.has(uidOf(pod))
      await cluster.until('a new pod', async () => {
        const pods = await listOf(cluster, PODS, 'rolled')
        assert.ok(pods.length <= 3, `${pods.length} pods`)
        return pods.some(pod => !isOld(pod)) ? true : undefined
      })
      // Whoever looks after both sets has seen the new pod when it has counted it.
      await cluster.until('the controllers have settled', async () => {
        const { body } = await cluster.request('GET', `${DEPLOYMENTS}/rolled`)
        return objectAt(body, 'status')['replicas'] === 3 ? true : undefined
      })
      const pods = await listOf(cluster, PODS, 'rolled')
      assert.deepEqual([pods.filter(isOld).length, pods.length], [2, 3])
    },
  },
  {
    name: 'a Job that is suspended has no pods, resumed it has them again',
    async check(cluster) {
      await create(cluster, JOBS, makeJob('paused'))
      await untilThereAre(cluster, 1, PODS, 'paused')
      const suspend = (value: boolean) =>
        cluster.request('PATCH', `${JOBS}/paused`, { spec: { suspend: value } }, MERGE_PATCH)
      await suspend(true)
      await untilThereAre(cluster, 0, PODS, 'paused')
      await suspend(false)
      await untilThereAre(cluster, 1, PODS, 'paused')
      const { body } = await cluster.request('GET', `${JOBS}/paused`)
      assert.equal(conditionOf(body, 'Failed'), undefined)
    },
  },
  {
    name: 'a Job whose gated pod is evicted makes another one, one whose pod is deleted has failed',
    async check(cluster) {
      for (const [name, survives] of [
        ['evicted-job', true],
        ['deleted-job', false],
      ] as const) {
        await create(cluster, JOBS, makeJob(name))
        const [pod = {}] = await untilThereAre(cluster, 1, PODS, name)
        if (!survives) {
          await cluster.request('DELETE', `${PODS}/${nameOf(pod)}`)
          await untilEnded(cluster, `${JOBS}/${name}`, 'Failed')
          continue
        }
        await evict(cluster, pod)
        await cluster.until('another pod', async () => {
          const [next] = await untilThereAre(cluster, 1, PODS, name)
          return next !== undefined && uidOf(next) !== uidOf(pod) ? true : undefined
        })
        const { body } = await cluster.request('GET', `${JOBS}/${name}`)
        assert.equal(conditionOf(body, 'Failed'), undefined)
      }
    },
  },
  {
    name: 'what is owned goes with its owner, in the foreground before it',
    async check(cluster) {
      for (const propagationPolicy of ['Background', 'Foreground'] as const) {
        const name = `owner-${propagationPolicy.toLowerCase()}`
        await create(cluster, DEPLOYMENTS, makeWorkload('Deployment', name))
        await untilThereAre(cluster, 2, PODS, name)
        const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy }
        await cluster.request('DELETE', `${DEPLOYMENTS}/${name}`, options)
        const { status, body } = await cluster.request('GET', `${DEPLOYMENTS}/${name}`)
        assert.equal(status, propagationPolicy === 'Foreground' ? 200 : 404)
        if (status === 200) assert.equal(typeof metadataOf(body)['deletionTimestamp'], 'string')
        await untilThereAre(cluster, 0, PODS, name)
        await untilGone(cluster, `${DEPLOYMENTS}/${name}`)
      }
    },
  },
]
