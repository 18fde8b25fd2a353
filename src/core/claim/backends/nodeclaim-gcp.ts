// Pipeline: claim. Karpenter on Google Cloud: https://github.com/cloudpilot-ai/karpenter-provider-gcp
import { createKarpenterBackend } from './karpenter.ts'

/** Karpenter on Google Cloud. */
export const NODECLAIM_GCP = createKarpenterBackend({
  name: 'nodeclaim-gcp',
  nodeClass: { group: 'karpenter.k8s.gcp', kind: 'GCENodeClass' },
  capacityTypes: ['on-demand'],
})
