// Pipeline: claim. Azure's gpu-provisioner 0.3 and newer: it reads NodeClaims whose node class is a KaitoNodeClass, an
// object that it never looks at. https://github.com/Azure/gpu-provisioner/tree/v0.4.3
import type { JsonObject } from '../../api/json.ts'
import type { ClaimBackend, ClaimRequest } from './backend.ts'
import { renderRequirements, requireIn } from './claim-metadata.ts'
import { requiredLabels, unsupportedByGpuProvisioner, workspaceLabel } from './gpu-provisioner.ts'
import { NODE_CLAIM, renderNodeClaim } from './nodeclaim.ts'
import { GIB } from './quantities.ts'

const NODE_CLASS = { group: 'kaito.sh', kind: 'KaitoNodeClass' } as const
const NODE_POOL = 'karpenter.sh/nodepool'
/** No pool of that name exists; gpu-provisioner counts agent pools that carry the label. */
const POOL_NAME = 'kaito'
/** The smallest system disk of an AKS node. */
const SMALLEST_DISK_GIB = 30

/** Azure's gpu-provisioner, 0.3 and newer. */
export const NODECLAIM_AZURE_GPU_PROVISIONER: ClaimBackend = {
  ...NODE_CLAIM,
  name: 'nodeclaim-azure-gpu-provisioner',
  nodeClassKind: { ...NODE_CLASS, resource: 'kaitonodeclasses' },
  choosesInstanceType: false,
  desiredClaim,
  unsupportedRequirements: unsupportedByGpuProvisioner,
}

function desiredClaim(request: ClaimRequest): JsonObject {
  const instanceTypes = request.instanceTypes.slice(0, 1)
  const labels = requiredLabels(request)
  const requirements = request.requirements.filter(({ key }) => Object.hasOwn(labels, key))
  return renderNodeClaim(request, {
    labels: { ...labels, [NODE_POOL]: POOL_NAME, ...workspaceLabel(request) },
    annotations: { 'kaito.sh/node-image-family': 'ubuntu' },
    nodeClassRef: { ...NODE_CLASS, name: request.nodeClass?.name ?? 'default' },
    requirements: renderRequirements({ ...request, instanceTypes, requirements }, [
      requireIn(NODE_POOL, [POOL_NAME]),
      requireIn('kubernetes.io/os', ['linux']),
      requireIn('karpenter.azure.com/sku-name', instanceTypes),
    ]),
    requests: { storage: `${diskGiB(request)}Gi` },
  })
}

/** It becomes the size of the system disk, in whole GiB; the resource `storage` is required and is all that is read. */
function diskGiB({ requests, storageGiB }: ClaimRequest): number {
  const asked = (requests['ephemeral-storage'] ?? 0) / GIB
  return Math.ceil(Math.max(asked, storageGiB, SMALLEST_DISK_GIB))
}
