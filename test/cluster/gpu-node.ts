// Nodes that no NodeClaim made, as a cluster's own GPU pool has them, with KWOK as kubelet; and nodes that are lost.
import type { ControlPlane } from './control-plane.ts'
import { kwokNode, nodeLost } from './levers.ts'
import { poll } from './poll.ts'

const readyTimeoutMs = 30_000

/** What a test says about a GPU node; labels that GPU feature discovery would set are the test's own. */
export interface GpuNode {
  readonly name: string
  readonly instanceType: string
  readonly gpus: number
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
}

interface NodeBody {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

interface PodList {
  readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[]
}

/** Creates a GPU node and waits until it is ready. */
export const makeGpuNode = async (plane: ControlPlane, node: GpuNode): Promise<void> => {
  const created = await plane.request('POST', '/api/v1/nodes', nodeManifest(node))
  if (created.status !== 201) throw new Error(`node ${node.name}: ${JSON.stringify(created.body)}`)
  await untilReadyIs(plane, node.name, 'True')
}

/**
 * Loses a node, with what the node controller does 50 s after a kubelet falls silent: the node's Ready is Unknown, its pods
 * are not ready. Taints follow from that; Karpenter does nothing about it.
 */
export const failNode = async (
  plane: ControlPlane,
  name: string,
  message = 'Kubelet stopped posting node status.',
): Promise<void> => {
  await annotateNode(plane, name, message)
  await untilReadyIs(plane, name, 'Unknown')
  await setPodsReady(plane, name, 'False')
}

/** Takes failNode back. */
export const recoverNode = async (plane: ControlPlane, name: string): Promise<void> => {
  await annotateNode(plane, name, null)
  await untilReadyIs(plane, name, 'True')
  await setPodsReady(plane, name, 'True')
}

/** Deletes the Node object. One of Karpenter's is drained first, and its NodeClaim goes with it. */
export const deleteNode = async (plane: ControlPlane, name: string): Promise<void> => {
  const { status, body } = await plane.request('DELETE', `/api/v1/nodes/${name}`)
  if (status !== 200) throw new Error(`deleting node ${name}: ${JSON.stringify(body)}`)
}

const annotateNode = async (plane: ControlPlane, name: string, message: string | null): Promise<void> => {
  await patch(plane, `/api/v1/nodes/${name}`, { metadata: { annotations: { [nodeLost]: message } } })
}

const setPodsReady = async (plane: ControlPlane, node: string, status: 'True' | 'False'): Promise<void> => {
  const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${node},status.phase%3DRunning`
  const pods = (await plane.request<PodList>('GET', path)).body.items
  await Promise.all(
    pods.map(({ metadata: { namespace, name } }) =>
      patch(plane, `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
        status: { conditions: [{ type: 'Ready', status }] },
      }),
    ),
  )
}

const patch = async (plane: ControlPlane, path: string, change: object): Promise<void> => {
  const answer = await plane.request('PATCH', path, change, 'application/strategic-merge-patch+json')
  if (answer.status !== 200) throw new Error(`PATCH ${path}: ${JSON.stringify(answer.body)}`)
}

const untilReadyIs = async (plane: ControlPlane, name: string, wanted: 'True' | 'Unknown'): Promise<void> => {
  await poll(`node ${name} with Ready=${wanted}`, readyTimeoutMs, async () => {
    const { body } = await plane.request<NodeBody>('GET', `/api/v1/nodes/${name}`)
    const ready = body.status.conditions?.find(({ type }) => type === 'Ready')
    return ready?.status === wanted ? true : undefined
  })
}

const nodeManifest = ({ name, instanceType, gpus, labels, taints = [] }: GpuNode): object => {
  const resources = {
    cpu: String(24 * gpus),
    memory: `${256 * gpus}Gi`,
    pods: '110',
    'ephemeral-storage': '2Ti',
    'nvidia.com/gpu': String(gpus),
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [kwokNode]: 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': instanceType,
        ...labels,
      },
    },
    spec: { taints },
    status: { capacity: resources, allocatable: resources },
  }
}
