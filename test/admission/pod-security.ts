// Pods with images of adapters, weights and data in a namespace that enforces Pod Security `baseline`, and in one that enforces
// `restricted` (docs/security.md).
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { listAt, objectAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { poll } from '../cluster/poll.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, PRESET, prefixed, type Field } from './workloads.ts'

const POD_TIMEOUT_MS = 60_000
const ADAPTERS = '[{name: tone, image: "registry.example/tone:1", imagePullSecrets: [hub]}]'
const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  smallest: { preset: PRESET },
  transformers: { preset: 'deepseek-r1-distill-llama-8b', runtime: 'transformers' },
  older: { preset: 'phi-3-mini-4k-instruct@kaito-0.4' },
  'older-transformers': { preset: 'phi-3-mini-4k-instruct@kaito-0.4', runtime: 'transformers' },
  adapters: { preset: PRESET, adapters: ADAPTERS },
  'older-adapters': { preset: 'phi-3-mini-4k-instruct@kaito-0.4', adapters: ADAPTERS },
  'weights-image': { preset: PRESET, weights: 'image:registry.example/w:1' },
  toolkit: { preset: 'deepseek-v4-flash-0731' },
}
/** All that `restricted` asks of a container. */
const RESTRICTED: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const TUNING = {
  preset: 'phi-3-mini-128k-instruct',
  'tuning-method': 'lora',
  'tuning-input-urls': 'https://data.example/train.parquet',
  'tuning-output-image': 'registry.example/tone:1',
  'tuning-output-image-push-secret': 'push',
}

export function definePodSecurity(cluster: () => Cluster): void {
  describe('Pod Security', () => {
    before(async () => {
      for (const level of ['baseline', 'restricted'])
        await cluster().createNamespace(level, { 'pod-security.kubernetes.io/enforce': level })
    })

    for (const [name, annotations] of Object.entries(FILES)) {
      test(`baseline lets in the pod of ${name}`, async () => {
        const file = makeWorkload({ kind: 'Deployment', name, annotations, replicas: 1 })
        await cluster().create('baseline', file)
        await podOf(cluster(), 'baseline', name)
      })

      test(`restricted lets in the pod of ${name} where its container gives all up`, async () => {
        const fields: readonly Field[] = [{ at: ['{container}', 'securityContext'], value: RESTRICTED }]
        await cluster().create(
          'restricted',
          makeWorkload({ kind: 'Deployment', name, annotations, fields, replicas: 1 }),
        )
        await podOf(cluster(), 'restricted', name)
      })
    }

    test('restricted lets in a trainer with its pusher', async () => {
      await cluster().create('restricted', makeJob('trainer', RESTRICTED))
      await podOf(cluster(), 'restricted', 'trainer')
    })

    test('restricted keeps out the pod of a container that gives nothing up, and the Deployment says so', async () => {
      await cluster().create('restricted', makeWorkload({ kind: 'Deployment', name: 'bare', replicas: 1 }))
      const message = await replicaFailure(cluster(), 'restricted', 'bare')
      assert.match(message, /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false/)
    })
  })
}

function makeJob(name: string, securityContext: JsonObject): JsonObject {
  const containers: Json = [{ name: 'trainer', securityContext }]
  const template = { metadata: { labels: { app: name } }, spec: { containers } }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations: prefixed(TUNING) },
    spec: { template },
  }
}

/** The first pod of a workload that the API server has let in. */
export async function podOf(cluster: Cluster, namespace: string, app: string): Promise<JsonObject> {
  return await poll(`a pod of ${app} in ${namespace}`, POD_TIMEOUT_MS, async () => {
    const pods = await cluster.list(namespace, 'Pod')
    return pods.find(pod => objectAt(objectAt(pod, 'metadata'), 'labels')['app'] === app)
  })
}

/** What the Deployment's condition says of pods that could not be made. */
export async function replicaFailure(cluster: Cluster, namespace: string, name: string): Promise<string> {
  return await poll(`${name} says why it has no pods`, POD_TIMEOUT_MS, async () => {
    const conditions = listAt(
      objectAt(await cluster.get(namespace, 'Deployment', name), 'status'),
      'conditions',
    )
    const failure = (conditions as readonly JsonObject[]).find(({ type }) => type === 'ReplicaFailure')
    const message = failure?.['message']
    return typeof message === 'string' ? message : undefined
  })
}
