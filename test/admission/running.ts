// An annotation put on a Deployment that already runs, and taken away again.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import { poll } from '../cluster/poll.ts'
import { nameOf } from './api.ts'
import { differences } from './compare.ts'
import { annotationsOf, withoutLongTexts } from './expected.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload } from './workloads.ts'

const NAMESPACE = 'running'
const CONTROLLER_TIMEOUT_MS = 60_000
const POD = '.template.spec'
const WEB = `${POD}.containers.["web"]`
const VOLUME = '{"emptyDir":{"medium":"Memory"},"name":"kaito-dshm"}'
const GPU = '{"nvidia.com/gpu":"1"}'
const GPU_TOLERATION = '{"effect":"NoSchedule","key":"nvidia.com/gpu","operator":"Exists"}'
const SKU_TOLERATION = '{"effect":"NoSchedule","key":"sku","operator":"Equal","value":"gpu"}'

/** All that is injected beside a server of the user's own. */
const INJECTED = [
  ['.progressDeadlineSeconds', '3600', '600'],
  ['.strategy.rollingUpdate.maxSurge', '0', '"25%"'],
  ['.strategy.rollingUpdate.maxUnavailable', '1', '"25%"'],
  ['.template.metadata.annotations', '{"kaito.sh/placement":"…"}', 'nothing'],
  ['.template.metadata.labels.kaito.sh/model', '"phi-4-mini-instruct"', 'nothing'],
  ['.template.metadata.labels.kaito.sh/workload', '"deployment-web"', 'nothing'],
  [`${WEB}.resources.limits`, GPU, 'nothing'],
  [`${WEB}.resources.requests`, GPU, 'nothing'],
  [`${WEB}.volumeMounts`, '[{"mountPath":"/dev/shm","name":"kaito-dshm"}]', 'nothing'],
  [`${POD}.schedulingGates`, '[{"name":"kaito.sh/waiting-for-node"}]', 'nothing'],
  [`${POD}.tolerations`, `[${GPU_TOLERATION},${SKU_TOLERATION}]`, 'nothing'],
  [`${POD}.volumes`, `[${VOLUME}]`, 'nothing'],
].map(([path, now, then]) => `${path}: ${now}, expected ${then}`)

const CONTAINERS = [{ name: 'web', image: 'nginx:1.29', ports: [{ containerPort: 80 }] }]

export function defineRunning(cluster: () => Cluster): void {
  describe('a running Deployment with an image of its own', () => {
    let original: JsonObject
    let replicaSet: string
    before(async () => {
      await cluster().createNamespace(NAMESPACE)
      const fields = [{ at: ['{pod}', 'containers'], value: CONTAINERS }]
      const file = makeWorkload({ kind: 'Deployment', name: 'web', annotations: {}, fields, replicas: 1 })
      await cluster().kubectl(['apply', '-n', NAMESPACE, '-f', '-'], JSON.stringify(file))
      original = await cluster().observed(NAMESPACE, 'Deployment', 'web')
      replicaSet = await currentReplicaSet(cluster(), 1)
    })

    test('the annotation adds what its pods need of a GPU node, and nothing else', async () => {
      const annotate = ['annotate', '-n', NAMESPACE, 'deployment/web', 'kaito.sh/preset=phi-4-mini-instruct']
      const { stderr } = await cluster().kubectl(annotate)
      assert.match(stderr, /^Warning: kaito\.sh: this starts a rollout: its pod is replaced/m)
      assert.match(stderr, /^Warning: kaito\.sh: container web keeps its own image/m)
      const live = await cluster().get(NAMESPACE, 'Deployment', 'web')
      const found = differences(withoutLongTexts(live['spec']), original['spec'])
      assert.deepEqual(found.toSorted(), INJECTED.toSorted())
      assert.notEqual(await currentReplicaSet(cluster(), 2), replicaSet)
    })

    test('kubectl rollout undo takes it away with its annotation, and brings both back', async () => {
      const annotated = await cluster().get(NAMESPACE, 'Deployment', 'web')
      for (const expected of [original, annotated]) {
        await cluster().kubectl(['rollout', 'undo', '-n', NAMESPACE, 'deployment/web'])
        const live = await cluster().observed(NAMESPACE, 'Deployment', 'web')
        assert.deepEqual(live['spec'], expected['spec'])
        assert.deepEqual(ownAnnotations(live), ownAnnotations(expected))
      }
    })

    test('without the annotation it is what it was, down to its ReplicaSet', async () => {
      await cluster().kubectl(['annotate', '-n', NAMESPACE, 'deployment/web', 'kaito.sh/preset-'])
      const live = await cluster().get(NAMESPACE, 'Deployment', 'web')
      assert.deepEqual(live['spec'], original['spec'])
      assert.equal(await currentReplicaSet(cluster(), 2), replicaSet)
      assert.deepEqual(ownAnnotations(live), {})
    })
  })
}

/** The ReplicaSet of the Deployment's newest revision, once there are so many. */
async function currentReplicaSet(cluster: Cluster, count: number): Promise<string> {
  const deployment = await cluster.observed(NAMESPACE, 'Deployment', 'web')
  return await poll(`${count} ReplicaSets`, CONTROLLER_TIMEOUT_MS, async () => {
    const replicaSets = await cluster.list(NAMESPACE, 'ReplicaSet')
    const current = replicaSets.find(candidate => revisionOf(candidate) === revisionOf(deployment))
    return replicaSets.length === count && current !== undefined ? nameOf(current) : undefined
  })
}

function revisionOf(object: JsonObject): unknown {
  return annotationsOf(object)['deployment.kubernetes.io/revision']
}

function ownAnnotations(object: JsonObject): JsonObject {
  const annotations = Object.entries(annotationsOf(object))
  return Object.fromEntries(annotations.filter(([key]) => key.startsWith('kaito.sh/')))
}
