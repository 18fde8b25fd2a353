// Pipeline: claim. Karpenter on AWS: https://github.com/aws/karpenter-provider-aws. The size of the disk is the node
// class's (blockDeviceMappings); a request beyond it finds no instance type.
import { createKarpenterBackend } from './karpenter.ts'

/** GPUs are often to be had by capacity reservation only; which ones may be used is said in the EC2NodeClass. */
export const NODECLAIM_AWS = createKarpenterBackend({
  name: 'nodeclaim-aws',
  nodeClass: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass' },
  capacityTypes: ['on-demand', 'reserved'],
})
