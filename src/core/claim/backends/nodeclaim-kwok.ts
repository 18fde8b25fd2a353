// Pipeline: claim. Karpenter's provider of nodes that do not exist, for tests and demonstrations:
// https://github.com/kubernetes-sigs/karpenter/tree/v1.14.1/kwok
import { createKarpenterBackend } from './karpenter.ts'

/** Karpenter without machines. */
export const NODECLAIM_KWOK = createKarpenterBackend({
  name: 'nodeclaim-kwok',
  nodeClass: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass' },
  capacityTypes: ['on-demand'],
})
