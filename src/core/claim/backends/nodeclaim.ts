// Pipeline: claim. The NodeClaim of karpenter.sh/v1, which all of Karpenter's providers and gpu-provisioner read. Its spec
// is immutable: what is wrong is deleted and made anew.
// https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/apis/v1/nodeclaim.go
import type { JsonObject } from '../../api/json.ts'
import type { ClaimBackend, ClaimRequest } from './backend.ts'
import { claimAnnotations, claimLabels, GPU_TAINTS } from './claim-metadata.ts'

/** How NodeClaims are called, whoever makes their machines. */
export const NODE_CLAIM = {
  api: 'nodeclaim',
  group: 'karpenter.sh',
  version: 'v1',
  kind: 'NodeClaim',
  resource: 'nodeclaims',
} as const satisfies Partial<ClaimBackend>

/** What providers differ in. */
export interface NodeClaimParts {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly nodeClassRef: JsonObject | undefined
  readonly requirements: readonly JsonObject[]
  readonly requests: JsonObject
}

/** The NodeClaim. Without `expireAfter: Never` the API server sets 720h, and nodes die after 30 days. */
export function renderNodeClaim(request: ClaimRequest, parts: NodeClaimParts): JsonObject {
  return {
    apiVersion: `${NODE_CLAIM.group}/${NODE_CLAIM.version}`,
    kind: NODE_CLAIM.kind,
    metadata: {
      name: request.name,
      labels: { ...parts.labels, ...claimLabels(request) },
      annotations: { ...claimAnnotations(request), ...parts.annotations },
    },
    spec: {
      expireAfter: 'Never',
      ...(parts.nodeClassRef === undefined ? {} : { nodeClassRef: parts.nodeClassRef }),
      requirements: parts.requirements,
      resources: { requests: parts.requests },
      taints: GPU_TAINTS,
    },
  }
}
