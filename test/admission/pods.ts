// The pods that controllers make of a workload: Pod Security lets them in, and they wait for their node.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { poll } from '../cluster/poll.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, PRESET, type WorkloadFile } from './workloads.ts'

const NAMESPACE = 'secured'
const POD_TIMEOUT_MS = 60_000
const SECRETS = { 'model-access-secret': 'hugging-face', 'api-key-secret': 'key', config: 'settings' }

/** Whatever injection may ask of a node. */
const FILES: readonly WorkloadFile[] = [
  { kind: 'Deployment', name: 'smallest' },
  { kind: 'StatefulSet', name: 'stateful' },
  { kind: 'Deployment', name: 'older', annotations: { preset: 'phi-3-mini-4k-instruct@kaito-0.4' } },
  { kind: 'Deployment', name: 'cuda', annotations: { preset: 'deepseek-v4-flash-0731' } },
  { kind: 'Deployment', name: 'claim', annotations: { preset: PRESET, weights: 'pvc:models', ...SECRETS } },
  { kind: 'Deployment', name: 'ready', annotations: { preset: PRESET, weights: 'pvc:models/phi' } },
]

export function definePods(cluster: () => Cluster): void {
  describe('the pods', () => {
    before(async () => {
      await cluster().createNamespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'baseline' })
      for (const file of FILES) await cluster().create(NAMESPACE, makeWorkload({ ...file, replicas: 1 }))
    })

    test('Pod Security baseline is in force', async () => {
      const spec = { hostNetwork: true, containers: [{ name: 'c', image: 'i' }] }
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'privileged' }, spec }
      await assert.rejects(cluster().create(NAMESPACE, pod), /violates PodSecurity "baseline:latest"/)
    })

    for (const { kind, name } of FILES) {
      test(`${kind} ${name}: let in, and waiting at the gate`, async () => {
        const pod = await gatedPod(cluster(), name)
        assert.equal(stringAt(objectAt(pod, 'status'), 'phase'), 'Pending')
        assert.deepEqual(objectAt(pod, 'spec')['schedulingGates'], [{ name: 'kaito.sh/waiting-for-node' }])
        assert.equal(objectAt(pod, 'spec')['nodeName'], undefined)
        const workload = `${kind.toLowerCase()}-${name}`
        assert.equal(objectAt(objectAt(pod, 'metadata'), 'labels')['kaito.sh/workload'], workload)
      })
    }
  })
}

/** The pod of the workload once the scheduler has said why it does not place it. */
async function gatedPod(cluster: Cluster, app: string): Promise<JsonObject> {
  const whatFailed = `a gated pod of ${app}`
  return await poll(whatFailed, POD_TIMEOUT_MS, async () => {
    const pods = await cluster.list(NAMESPACE, 'Pod')
    return pods.find(pod => objectAt(objectAt(pod, 'metadata'), 'labels')['app'] === app && isGated(pod))
  })
}

function isGated(pod: JsonObject): boolean {
  return listAt(objectAt(pod, 'status'), 'conditions')
    .filter(isObject)
    .some(
      ({ type, status, reason }) =>
        type === 'PodScheduled' && status === 'False' && reason === 'SchedulingGated',
    )
}
