// The objects that tests of nodes are made of: a standalone NodeClaim, and a pod for GPUs.
import { nodeClassName } from './karpenter-objects.ts'

/** Where NodeClaims are. */
export const nodeClaimsPath = '/apis/karpenter.sh/v1/nodeclaims'

/** Label by which makeGpuPod's pods find the node of a claim: Karpenter copies it from the claim. */
export const claimLabel = 'kaito.sh/claim'

const taint = { key: 'sku', value: 'gpu', effect: 'NoSchedule' }

/** A NodeClaim of no NodePool for one of these instance types, on demand, labelled with its own name. */
export const makeNodeClaim = (name: string, instanceTypes: readonly string[], gpus = 1): object => ({
  apiVersion: 'karpenter.sh/v1',
  kind: 'NodeClaim',
  metadata: {
    name,
    labels: { [claimLabel]: name },
    annotations: { 'karpenter.sh/do-not-disrupt': 'true' },
  },
  spec: {
    expireAfter: 'Never',
    nodeClassRef: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: nodeClassName },
    requirements: [
      { key: 'node.kubernetes.io/instance-type', operator: 'In', values: instanceTypes },
      { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
    ],
    resources: { requests: { 'nvidia.com/gpu': String(gpus) } },
    taints: [taint],
  },
})

/** A pod template's spec for some GPUs on nodes with these labels. */
export const makeGpuPodSpec = (nodeSelector: Readonly<Record<string, string>>, gpus = 1) => ({
  nodeSelector,
  tolerations: [{ ...taint, operator: 'Equal' }],
  initContainers: [{ name: 'download', image: 'example.test/download:1' }],
  containers: [
    {
      name: 'model',
      image: 'example.test/model:1',
      readinessProbe: { httpGet: { path: '/health', port: 5000 } },
      resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
    },
  ],
})

/** A pod of that spec in the namespace `default`. */
export const makeGpuPod = (
  name: string,
  nodeSelector: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
  gpus = 1,
): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: makeGpuPodSpec(nodeSelector, gpus),
})
