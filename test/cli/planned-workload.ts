// A planned workload on a test cluster: what the webhook would have made of a file, applied by hand.
import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/core/api/json.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'
import { runCli } from './run-cli.ts'

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string }
    readonly spec: {
      readonly nodeName?: string
      readonly schedulingGates?: readonly { readonly name: string }[]
      readonly tolerations?: readonly JsonObject[]
    }
  }[]
}
export type ListedPod = PodList['items'][number]

export interface PlannedOptions {
  readonly namespace: string
  readonly name: string
  /** Of the pod's spec. */
  readonly spec?: JsonObject
}

/** Creates the namespace and a Deployment in it, and waits for its one pod. */
export async function createPlanned(
  plane: ControlPlane,
  file: (name: string, text: string) => string,
  { namespace, name, spec = {} }: PlannedOptions,
): Promise<ListedPod> {
  const labels = { app: name }
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations: { 'kaito.sh/preset': 'phi-4-mini-instruct' } },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { ...spec, containers: [{ name: 'model' }] } },
    },
  }
  const path = file(`${namespace}-${name}.json`, JSON.stringify(manifest))
  const { code, stdout, stderr } = await runCli(['render', '-f', path, '-o', 'json'])
  assert.equal(code, 0, stderr)
  await plane.kubectl(['create', 'namespace', namespace])
  const applied = await plane.kubectl(['apply', '-f', '-'], { input: stdout })
  assert.equal(applied.code, 0, applied.stderr)
  return await poll(`a pod of ${name}`, 30_000, async () => (await podsOf(plane, namespace))[0])
}

/** The pods of a namespace. */
export async function podsOf(plane: ControlPlane, namespace: string): Promise<readonly ListedPod[]> {
  const { body } = await plane.request<PodList>('GET', `/api/v1/namespaces/${namespace}/pods`)
  return body.items
}

/** A node that is ready and has one GPU, tainted as GPU nodes are, without a kubelet. */
export async function createReadyNode(
  plane: ControlPlane,
  name: string,
  instanceType: string,
): Promise<void> {
  const created = await plane.request('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'node.kubernetes.io/instance-type': instanceType } },
    spec: { taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }] },
  })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const capacity = {
    cpu: '64',
    memory: '512Gi',
    pods: '110',
    'ephemeral-storage': '1Ti',
    'nvidia.com/gpu': '1',
  }
  const now = new Date().toISOString()
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Test',
    message: '',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  const status = { status: { capacity, allocatable: capacity, conditions: [ready] } }
  const patched = await plane.request(
    'PATCH',
    `/api/v1/nodes/${name}/status`,
    status,
    'application/strategic-merge-patch+json',
  )
  assert.equal(patched.status, 200, JSON.stringify(patched.body))
}
