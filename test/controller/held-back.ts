// A lever: pods that are pinned to their node and still do not start, because they must stand beside a pod that is not
// there yet (planning knows nothing of that). And nodes of a cluster's own, ready to be used.
import { listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { makeGpuNode, type GpuNode } from '../cluster/gpu-node.ts'
import type { Cluster } from './suite.ts'

const labels = { beside: 'me' }

/** For the pod's spec: kube-scheduler places it nowhere before letGo. All nodes have the same topologyKey. */
export const HELD_BACK: JsonObject = {
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/os' },
      ],
    },
  },
}

/** Lets the pods of the namespace start, by a pod without GPUs on this node. */
export async function letGo({ create }: Cluster, namespace: string, nodeName: string): Promise<void> {
  const containers = [{ name: 'beside', image: 'example.test/beside:1' }]
  const spec = { nodeName, containers, tolerations: [{ operator: 'Exists' }] }
  await create(namespace, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'beside', labels }, spec })
}

/** A node of the cluster's own, once the node controller has taken its taint for new nodes away. */
export async function makeOwnNode({ plane, nodesNow, until }: Cluster, node: GpuNode): Promise<void> {
  await makeGpuNode(plane, node)
  await until(`node ${node.name} has no taints`, async () => {
    const found = (await nodesNow()).find(one => nameOf(one) === node.name)
    return found !== undefined && listAt(objectAt(found, 'spec'), 'taints').length === 0 ? true : undefined
  })
}
