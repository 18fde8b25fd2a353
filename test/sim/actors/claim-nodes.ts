// Simulator: the Node object of a claim: Karpenter copies the claim's labels and taints to it.
import type { ApiServer } from '../api/api-server.ts'
import { formatTimestamp, withCondition, type Claim, type Taint } from '../api/objects.ts'
import { allocatableOf, instanceType } from '../scenario/instance-types.ts'
import { ifThere } from './actor.ts'

const BY = 'kubelet'
/** Karpenter's, on claims and on their nodes: it drains first. */
export const FINALIZER = 'karpenter.sh/termination'

/** Not ready yet, and without GPUs. */
export function createNode(
  api: ApiServer,
  claim: Claim,
  name: string,
  startupTaints: readonly Taint[],
): void {
  const type = claim.metadata.labels?.['node.kubernetes.io/instance-type'] ?? ''
  api.create(BY, 'nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { ...claim.metadata.labels, 'kubernetes.io/hostname': name },
      finalizers: [FINALIZER],
    },
    spec: { taints: [...(claim.spec.taints ?? []), ...startupTaints] },
    status: {
      allocatable: allocatableOf(instanceType(type) ?? { name: type, gpus: 0 }, false),
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          lastTransitionTime: formatTimestamp(api.world.now()),
        },
      ],
    },
  })
}

/** Ready; with the GPUs of its type, if one is given. */
export function setNodeReady(api: ApiServer, name: string, type?: string): void {
  const time = formatTimestamp(api.world.now())
  const known = type === undefined ? undefined : instanceType(type)
  api.update(BY, 'nodes', { name }, node => ({
    ...node,
    status: {
      allocatable: known === undefined ? node.status.allocatable : allocatableOf(known, true),
      conditions: withCondition(node.status.conditions, { type: 'Ready', status: 'True' }, time),
    },
  }))
}

/** Takes the taint with a key away, or adds one. */
export function setNodeTaints(api: ApiServer, name: string, gone: string | undefined, added?: Taint): void {
  ifThere(() =>
    api.update(BY, 'nodes', { name }, node => {
      const taints = node.spec.taints ?? []
      if (added !== undefined && taints.some(({ key }) => key === added.key)) return node
      const kept = taints.filter(({ key }) => key !== gone)
      return { ...node, spec: { ...node.spec, taints: added === undefined ? kept : [...kept, added] } }
    }),
  )
}
