// ResourceQuota on GPUs and LimitRange defaults: they act on pods, so the workload stays as it is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isObject, listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { podOf, replicaFailure } from './pod-security.ts'
import { revisionsOf } from './revisions.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload } from './workloads.ts'

const QUOTA = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'gpus' },
  spec: { hard: { 'requests.nvidia.com/gpu': '1' } },
}
const LIMITS = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'defaults' },
  spec: {
    limits: [
      {
        type: 'Container',
        default: { cpu: '4', memory: '8Gi' },
        defaultRequest: { cpu: '1', memory: '2Gi' },
        min: { cpu: '10m', memory: '1Mi' },
        max: { cpu: '64', memory: '512Gi' },
      },
    ],
  },
}

export function defineLimits(cluster: () => Cluster): void {
  describe('a namespace with limits', () => {
    test('a quota on GPUs counts gated pods, and its refusal is in the condition of the Deployment', async () => {
      await cluster().createNamespace('quota')
      await cluster().kubectl(['create', '-n', 'quota', '-f', '-'], JSON.stringify(QUOTA))
      await cluster().create('quota', makeWorkload({ kind: 'Deployment', name: 'model', replicas: 2 }))
      await podOf(cluster(), 'quota', 'model')
      const message = await replicaFailure(cluster(), 'quota', 'model')
      assert.match(
        message,
        /exceeded quota: gpus, requested: requests\.nvidia\.com\/gpu=1, used: requests\.nvidia\.com\/gpu=1/,
      )
      assert.equal((await cluster().list('quota', 'Pod')).length, 1)
    })

    test('defaults go to the pods, every container of ours among them; applying again changes nothing', async () => {
      await cluster().createNamespace('limits')
      await cluster().kubectl(['create', '-n', 'limits', '-f', '-'], JSON.stringify(LIMITS))
      const annotations = {
        preset: 'phi-4-mini-instruct',
        adapters: '[{name: tone, image: "registry.example/tone:1"}]',
      }
      const file = makeWorkload({ kind: 'Deployment', name: 'model', annotations, replicas: 1 })
      const apply = ['apply', '-n', 'limits', '-f', '-']
      await cluster().kubectl(apply, JSON.stringify(file))
      const pod = objectAt(await podOf(cluster(), 'limits', 'model'), 'spec')
      const containers = [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')].filter(isObject)
      assert.equal(containers.length, 2)
      for (const container of containers) assert.equal(requestsOf(container)['memory'], '2Gi')
      assert.equal(requestsOf(containers[0] ?? {})['nvidia.com/gpu'], '1')
      const before = await cluster().get('limits', 'Deployment', 'model')
      for (const flags of [[], ['--server-side', '--force-conflicts'], []])
        await cluster().kubectl([...apply, ...flags], JSON.stringify(file))
      const after = await cluster().observed('limits', 'Deployment', 'model')
      assert.deepEqual(objectAt(after, 'spec'), objectAt(before, 'spec'))
      assert.equal((await revisionsOf(cluster(), 'limits')).length, 1)
    })
  })
}

function requestsOf(container: JsonObject): JsonObject {
  return objectAt(objectAt(container, 'resources'), 'requests')
}
