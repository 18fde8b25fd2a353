// Pipeline: claim. Karpenter on Azure (node auto-provisioning): https://github.com/Azure/karpenter-provider-azure. The size
// of the disk is the node class's (osDiskSizeGB).
import { createKarpenterBackend } from './karpenter.ts'

/** Karpenter on Azure. */
export const NODECLAIM_AZURE = createKarpenterBackend({
  name: 'nodeclaim-azure',
  nodeClass: { group: 'karpenter.azure.com', kind: 'AKSNodeClass' },
  capacityTypes: ['on-demand'],
})
