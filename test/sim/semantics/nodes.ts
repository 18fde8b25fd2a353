// What the simulator takes for granted about Karpenter and kube-scheduler.
import assert from 'node:assert/strict'
import { isObject, listAt, objectAt, stringAt } from '../../../src/core/api/json.ts'
import {
  create,
  makeClaim,
  nodeNameOf,
  pinned,
  TYPE,
  untilReady,
  untilScheduled,
  untilUnschedulable,
  type Types,
} from './claims.ts'
import {
  CLAIMS,
  conditionOf,
  MERGE_PATCH,
  metadataOf,
  PODS,
  uidOf,
  untilGone,
  type Semantic,
} from './semantic.ts'

const CORDON = 'node.kubernetes.io/unschedulable'

export function nodeSemantics({ plenty, scarce }: Types): readonly Semantic[] {
  return [
    {
      name: 'a claim becomes a node with its labels and taints, and carries the type that was chosen',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn1', plenty))
        const claim = await untilReady(cluster, 'kn1')
        for (const type of ['Launched', 'Registered', 'Initialized'])
          assert.equal(conditionOf(claim, type)?.['status'], 'True', type)
        assert.equal(objectAt(metadataOf(claim), 'labels')[TYPE], plenty)
        const nodeName = nodeNameOf(claim)
        const { body: node } = await cluster.request('GET', `/api/v1/nodes/${nodeName}`)
        const labels = objectAt(metadataOf(node), 'labels')
        assert.deepEqual([labels['kaito.sh/claim'], labels[TYPE]], ['kn1', plenty])
        const taints = listAt(objectAt(node, 'spec'), 'taints').filter(isObject)
        assert.deepEqual(
          taints.map(({ key }) => key),
          ['sku'],
        )
        assert.ok(Number(objectAt(objectAt(node, 'status'), 'allocatable')['nvidia.com/gpu']) >= 1)
      },
    },
    {
      name: 'a pinned pod waits as unschedulable until its node is there, and a second one where there is no room',
      async check(cluster) {
        await create(cluster, PODS, pinned('early', 'kn2'))
        await untilUnschedulable(cluster, 'early')
        await create(cluster, CLAIMS, makeClaim('kn2', plenty))
        await untilReady(cluster, 'kn2')
        await untilScheduled(cluster, 'early')
        await create(cluster, PODS, pinned('surplus', 'kn2'))
        await untilUnschedulable(cluster, 'surplus')
      },
    },
    {
      name: 'a claim for which there is no capacity is deleted, and a Warning Event says why',
      async check(cluster) {
        cluster.setScarce(scarce)
        const claim = await create(cluster, CLAIMS, makeClaim('kn3', scarce))
        await untilGone(cluster, `${CLAIMS}/kn3`)
        await cluster.until('an Event says why', async () => {
          const { body } = await cluster.request('GET', '/api/v1/events')
          const events = listAt(body, 'items').filter(isObject)
          const found = events.find(({ reason }) => reason === 'InsufficientCapacityError')
          if (found === undefined) return undefined
          assert.deepEqual(
            [found['type'], objectAt(found, 'involvedObject')['uid']],
            ['Warning', uidOf(claim)],
          )
          assert.match(stringAt(found, 'message') ?? '', /kn3/)
          return true
        })
      },
    },
    {
      name: 'a deleted claim takes its pods and its node with it',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn4', plenty))
        const claim = await untilReady(cluster, 'kn4')
        await create(cluster, PODS, pinned('drained', 'kn4'))
        await untilScheduled(cluster, 'drained')
        await cluster.request('DELETE', `${CLAIMS}/kn4`)
        await untilGone(cluster, `${PODS}/drained`)
        await untilGone(cluster, `/api/v1/nodes/${nodeNameOf(claim)}`)
        await untilGone(cluster, `${CLAIMS}/kn4`)
      },
    },
    {
      name: 'a node that is cordoned, or has a taint that the pod does not tolerate, takes no pod',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn6', plenty))
        const node = `/api/v1/nodes/${nodeNameOf(await untilReady(cluster, 'kn6'))}`
        const cordon = (unschedulable: boolean) =>
          cluster.request('PATCH', node, { spec: { unschedulable } }, MERGE_PATCH)
        await cordon(true)
        await cluster.until('the taint of a cordon', async () => {
          const taints = listAt(objectAt((await cluster.request('GET', node)).body, 'spec'), 'taints')
          return taints.filter(isObject).some(({ key }) => key === CORDON) ? true : undefined
        })
        await create(cluster, PODS, pinned('kept-away', 'kn6'))
        await untilUnschedulable(cluster, 'kept-away')
        await create(cluster, PODS, pinned('intolerant', 'kn6', []))
        await untilUnschedulable(cluster, 'intolerant')
        await cordon(false)
        await untilScheduled(cluster, 'kept-away')
        await cluster.request('DELETE', `${PODS}/kept-away`)
        await untilGone(cluster, `${PODS}/kept-away`)
        const { body } = await cluster.request('GET', `${PODS}/intolerant`)
        assert.equal(stringAt(objectAt(body, 'spec'), 'nodeName'), undefined)
      },
    },
  ]
}
