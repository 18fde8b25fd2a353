// A request for a claim: two pods of one GPU each, of a Deployment.
import type { ClaimRequest } from '../../../../src/core/claim/backends/backend.ts'

const GIB = 2 ** 30

/** The request, with what a test changes of it. */
export function makeClaimRequest(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    name: 'kn3f9a61c07',
    instanceTypes: ['Standard_NC48ads_A100_v4', 'Standard_NC96ads_A100_v4'],
    requests: { 'nvidia.com/gpu': 2, cpu: 2500, memory: 8 * GIB, pods: 2 },
    storageGiB: 87,
    requirements: [],
    nodeClass: undefined,
    workload: {
      kind: 'Deployment',
      namespace: 'team-a',
      name: 'phi-4-mini',
      uid: '7f3d2a1c-0000-4000-8000-000000000001',
    },
    idleGraceMs: undefined,
    shape: '0123456789abcdef',
    ...changes,
  }
}
