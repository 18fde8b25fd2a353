// What the simulator takes for granted about everything that ends pods and nodes against somebody's will, or refuses to.
import assert from 'node:assert/strict'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import type { WatchHandler } from '../../../src/core/ports.ts'
import {
  create,
  makeClaim,
  nodeNameOf,
  pinned,
  untilPodIs,
  untilReady,
  untilScheduled,
  type Types,
} from './claims.ts'
import {
  CLAIMS,
  conditionOf,
  makePod,
  metadataOf,
  nameOf,
  PODS,
  untilGone,
  type Answer,
  type Semantic,
  type SubjectCluster,
} from './semantic.ts'

const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

async function evict(cluster: SubjectCluster, name: string): Promise<Answer> {
  const metadata = { namespace: 'default', name }
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata }
  return await cluster.request('POST', `${PODS}/${name}/eviction`, eviction)
}

/** Resolves when the watch has begun: what happens from then on is seen. */
async function watchPods(cluster: SubjectCluster, see: (pod: JsonObject) => void): Promise<void> {
  let isListed = false
  const handler: WatchHandler = {
    onObject: see,
    onDeleted: see,
    onListStart: () => undefined,
    onListEnd: () => void (isListed = true),
  }
  cluster.watch({ path: { base: '/api/v1', resource: 'pods' } }, handler)
  await cluster.until('the watch has begun', () => Promise.resolve(isListed ? true : undefined))
}

function causesOf({ body }: Answer): readonly JsonObject[] {
  return listAt(objectAt(body, 'details'), 'causes').filter(isObject)
}

export function disruptionSemantics({ plenty }: Types): readonly Semantic[] {
  return [
    {
      name: 'a node that somebody deletes is drained, and its claim goes with it',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn5', plenty))
        const node = `/api/v1/nodes/${nodeNameOf(await untilReady(cluster, 'kn5'))}`
        await create(cluster, PODS, pinned('removed', 'kn5'))
        await untilScheduled(cluster, 'removed')
        await cluster.request('DELETE', node)
        await untilGone(cluster, `${PODS}/removed`)
        await untilGone(cluster, node)
        await untilGone(cluster, `${CLAIMS}/kn5`)
      },
    },
    {
      name: 'a node whose kubelet is silent is tainted, and its pods are not ready and stay',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn7', plenty))
        const nodeName = nodeNameOf(await untilReady(cluster, 'kn7'))
        await create(cluster, PODS, pinned('stranded', 'kn7'))
        await untilPodIs(cluster, 'stranded', 'True')
        await cluster.failNode(nodeName)
        await cluster.until('the node is tainted', async () => {
          const { body: node } = await cluster.request('GET', `/api/v1/nodes/${nodeName}`)
          const taints = listAt(objectAt(node, 'spec'), 'taints').filter(isObject)
          const effects = taints.filter(({ key }) => key === 'node.kubernetes.io/unreachable')
          return effects.length === 2 ? true : undefined
        })
        const { body: node } = await cluster.request('GET', `/api/v1/nodes/${nodeName}`)
        assert.equal(conditionOf(node, 'Ready')?.['status'], 'Unknown')
        await untilPodIs(cluster, 'stranded', 'False')
        const { body: claim } = await cluster.request('GET', `${CLAIMS}/kn7`)
        assert.equal(metadataOf(claim)['deletionTimestamp'], undefined)
      },
    },
    {
      name: 'an eviction that a disruption budget forbids is answered with 429; what does not run needs none',
      async check(cluster) {
        const labels = { suite: 'budget' }
        const labelled = (name: string, pod: JsonObject): JsonObject => ({
          ...pod,
          metadata: { name, labels },
        })
        await create(cluster, BUDGETS, {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'none' },
          spec: { maxUnavailable: 0, selector: { matchLabels: labels } },
        })
        await create(cluster, CLAIMS, makeClaim('kn9', plenty))
        await untilReady(cluster, 'kn9')
        await create(cluster, PODS, labelled('held', pinned('held', 'kn9')))
        await untilPodIs(cluster, 'held', 'True')
        await create(cluster, PODS, labelled('waiting', makePod('waiting')))
        assert.equal((await evict(cluster, 'waiting')).status, 201)
        // Before the disruption controller has seen the budget, the answer says so, and is 429 as well.
        const refused = await cluster.until('the budget refuses', async () => {
          const answer = await evict(cluster, 'held')
          return causesOf(answer).length > 0 ? answer : undefined
        })
        assert.equal(refused.status, 429)
        assert.equal(causesOf(refused)[0]?.['reason'], 'DisruptionBudget')
        assert.match(stringAt(refused.body, 'message') ?? '', /disruption budget/)
        await cluster.request('DELETE', `${BUDGETS}/none`)
      },
    },
    {
      name: 'kube-scheduler clears a node for a pod of higher priority, and says so on both',
      async check(cluster) {
        await create(cluster, CLAIMS, makeClaim('kn10', plenty))
        const nodeName = nodeNameOf(await untilReady(cluster, 'kn10'))
        await create(cluster, PODS, pinned('displaced', 'kn10'))
        await untilPodIs(cluster, 'displaced', 'True')
        // Both are seen for a moment only.
        const seen = new Set<string>()
        await watchPods(cluster, pod => {
          const reason = conditionOf(pod, 'DisruptionTarget')?.['reason']
          if (reason === 'PreemptionByScheduler') seen.add(`${nameOf(pod)} is displaced`)
          if (objectAt(pod, 'status')['nominatedNodeName'] === nodeName)
            seen.add(`${nameOf(pod)} is nominated`)
        })
        const urgent = pinned('urgent', 'kn10')
        const priorityClassName = 'system-cluster-critical'
        await create(cluster, PODS, { ...urgent, spec: { ...objectAt(urgent, 'spec'), priorityClassName } })
        await untilGone(cluster, `${PODS}/displaced`)
        await untilScheduled(cluster, 'urgent')
        await cluster.until('both were seen', () => Promise.resolve(seen.size === 2 ? true : undefined))
        assert.deepEqual([...seen].toSorted(), ['displaced is displaced', 'urgent is nominated'])
      },
    },
    {
      name: "a claim that somebody else's admission does not let through is refused with its words",
      async check(cluster) {
        await cluster.refuseClaims('no more machines this month')
        // A policy takes effect a moment after it was made.
        const refused = await cluster.until('a claim is refused', async () => {
          const answer = await cluster.request('POST', CLAIMS, makeClaim('kn8', plenty))
          if (answer.status === 403) return answer
          await cluster.request('DELETE', `${CLAIMS}/kn8`)
          return undefined
        })
        assert.equal(refused.body['reason'], 'Forbidden')
        assert.match(stringAt(refused.body, 'message') ?? '', /no more machines this month/)
      },
    },
  ]
}
