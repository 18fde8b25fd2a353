// Claims become nodes at once: in place of Karpenter, which with a thousand claims on two cores would be what is measured.
// KWOK is the kubelet of the nodes. Claims that are deleted are none of its business.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts'
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts'
import { watchResource } from '../../../src/kube/watch.ts'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import { kwokNode } from '../../cluster/levers.ts'
import { nameOf } from '../../admission/api.ts'
import { handlerOf, NODE_CLAIMS, SILENT } from './sightings.ts'

const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
const WORKERS = 8
const STAGES = ['Launched', 'Registered', 'Initialized', 'Ready']

export interface FakeProvisioner extends AsyncDisposable {
  /** From now on claims wait. */
  readonly pause: () => void
  readonly resume: () => void
}

/** Makes a node of one GPU for every claim, until it is disposed of. */
export async function startFakeProvisioner(plane: ControlPlane): Promise<FakeProvisioner> {
  const client = createKubeClient(loadKubeConfig(plane.kubeconfig))
  const stop = new AbortController()
  const known = new Set<string>()
  const waiting: JsonObject[] = []
  let workers = WORKERS
  let busy = 0
  const pump = (): void => {
    while (busy < workers && !stop.signal.aborted) {
      const claim = waiting.shift()
      if (claim === undefined) return
      busy += 1
      // Whatever cannot be made leaves a claim without a node, which the benchmark then waits for in vain and says so.
      void provide(client, claim)
        .catch((error: unknown) => process.stderr.write(`${nameOf(claim)}: ${String(error)}\n`))
        .finally(() => {
          busy -= 1
          pump()
        })
    }
  }
  const handler = handlerOf(claim => {
    if (known.has(nameOf(claim))) return
    known.add(nameOf(claim))
    waiting.push(claim)
    pump()
  })
  const watch = watchResource(client, { path: NODE_CLAIMS }, handler, {
    signal: stop.signal,
    observer: SILENT,
  })
  await watch.synced
  return {
    pause: () => void (workers = 0),
    resume() {
      workers = WORKERS
      pump()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await watch.ended
      client.close()
    },
  }
}

async function provide(client: KubeClient, claim: JsonObject): Promise<void> {
  const name = nameOf(claim)
  const path = `${NODE_CLAIMS.base}/${NODE_CLAIMS.resource}/${name}`
  const node = nodeOf(claim)
  await client.request({ method: 'POST', path: '/api/v1/nodes', body: node })
  const labels = { [INSTANCE_TYPE]: instanceTypeOf(claim) }
  await patch(client, path, { metadata: { labels } })
  await patch(client, `${path}/status`, {
    status: {
      nodeName: name,
      providerID: `fake://${name}`,
      capacity: RESOURCES,
      allocatable: RESOURCES,
      conditions: STAGES.map(trueCondition),
    },
  })
}

async function patch(client: KubeClient, path: string, body: JsonObject): Promise<void> {
  await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' })
}

const RESOURCES: JsonObject = {
  cpu: '24',
  memory: '220Gi',
  pods: '110',
  'ephemeral-storage': '1Ti',
  'nvidia.com/gpu': '1',
}

function nodeOf(claim: JsonObject): JsonObject {
  const name = nameOf(claim)
  const labels = {
    ...objectAt(objectAt(claim, 'metadata'), 'labels'),
    [INSTANCE_TYPE]: instanceTypeOf(claim),
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations: { [kwokNode]: 'fake' } },
    spec: { taints: listAt(objectAt(claim, 'spec'), 'taints'), providerID: `fake://${name}` },
    status: { capacity: RESOURCES, allocatable: RESOURCES, conditions: [trueCondition('Ready')] },
  }
}

function trueCondition(type: string): JsonObject {
  return {
    type,
    status: 'True',
    reason: type,
    message: '',
    lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
  }
}

function instanceTypeOf(claim: JsonObject): string {
  const requirement = listAt(objectAt(claim, 'spec'), 'requirements')
    .filter(isObject)
    .find(({ key }) => key === INSTANCE_TYPE)
  return (
    listAt(requirement, 'values').find(value => typeof value === 'string') ?? stringAt(claim, 'type') ?? ''
  )
}
