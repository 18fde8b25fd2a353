// Pipeline: claim. What all of Karpenter's own providers (AWS, Azure, GCP, KWOK, …) have in common. They fit the requests
// to their table of instance types and choose one, by price and by what is to be had.
import type { JsonObject } from '../../api/json.ts'
import type { Resources } from '../../api/resources.ts'
import type { ClaimBackend, ClaimRequest, NodeClassReference } from './backend.ts'
import { renderRequirements, IMAGE_PLATFORM, requireIn } from './claim-metadata.ts'
import { NODE_CLAIM, renderNodeClaim } from './nodeclaim.ts'
import { formatResources, GIB } from './quantities.ts'

const CAPACITY_TYPE = 'karpenter.sh/capacity-type'
const EPHEMERAL_STORAGE = 'ephemeral-storage'

/** What Karpenter's providers differ in. */
export interface KarpenterProvider {
  readonly name: string
  /** Undefined: a provider that is not known, and no node class was given. */
  readonly nodeClass: { readonly group: string; readonly kind: string } | undefined
  /** Allowed where the pods do not choose. Without any, AWS and KWOK would take spot, the cheapest. */
  readonly capacityTypes: readonly string[]
}

/** The back-end of one of Karpenter's providers. */
export function createKarpenterBackend(provider: KarpenterProvider): ClaimBackend {
  const { name, nodeClass } = provider
  return {
    ...NODE_CLAIM,
    name,
    nodeClassKind: nodeClass === undefined ? undefined : { ...nodeClass, resource: pluralOf(nodeClass.kind) },
    choosesInstanceType: true,
    desiredClaim: request => desiredClaim(provider, request),
  }
}

/** `EC2NodeClass` → `ec2nodeclasses`. */
function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}es`
}

/**
 * No label `karpenter.sh/nodepool`: where no pool of that name exists Karpenter complains every few seconds. GPUs are
 * requested, so that the claim is initialized only when the device plugin has published them.
 */
function desiredClaim({ nodeClass, capacityTypes }: KarpenterProvider, request: ClaimRequest): JsonObject {
  const defaults = [...IMAGE_PLATFORM, requireIn(CAPACITY_TYPE, capacityTypes)]
  const reference = request.nodeClass ?? (nodeClass && { ...nodeClass, name: 'default' })
  return renderNodeClaim(request, {
    nodeClassRef: reference && formatReference(reference),
    requirements: renderRequirements(request, defaults),
    requests: formatResources(withStorage(request)),
  })
}

function formatReference({ group, kind, name }: NodeClassReference): JsonObject {
  return { group, kind, name }
}

/** Never `storage`, which no node publishes: the claim would wait for it for ever. */
function withStorage({ requests, storageGiB }: ClaimRequest): Resources {
  const bytes = Math.max(requests[EPHEMERAL_STORAGE] ?? 0, storageGiB * GIB)
  return { ...requests, [EPHEMERAL_STORAGE]: bytes }
}
