// Pipeline: claim. The registry of provisioners: a new one is one small file and a line here.
import type { ClaimBackend, NodeClassReference } from './backend.ts'
import { createKarpenterBackend } from './karpenter.ts'
import { MACHINE } from './machine.ts'
import { NODECLAIM_AWS } from './nodeclaim-aws.ts'
import { NODECLAIM_AZURE_GPU_PROVISIONER } from './nodeclaim-azure-gpu-provisioner.ts'
import { NODECLAIM_AZURE } from './nodeclaim-azure.ts'
import { NODECLAIM_GCP } from './nodeclaim-gcp.ts'
import { NODECLAIM_KWOK } from './nodeclaim-kwok.ts'

/** The provisioners that are known by the kind of their node class, and Machines. */
export const BACKENDS: readonly ClaimBackend[] = [
  NODECLAIM_AZURE,
  NODECLAIM_AZURE_GPU_PROVISIONER,
  NODECLAIM_AWS,
  NODECLAIM_GCP,
  NODECLAIM_KWOK,
  MACHINE,
]

/** The back-end for NodeClaims of this node class: a known one, else what all of Karpenter's providers have in common. */
export function backendFor(nodeClass: NodeClassReference | undefined): ClaimBackend {
  return (
    BACKENDS.find(({ nodeClassKind: known }) => known !== undefined && isSameKind(known, nodeClass)) ??
    createKarpenterBackend({
      name: 'nodeclaim-generic',
      nodeClass: nodeClass && { group: nodeClass.group, kind: nodeClass.kind },
      capacityTypes: ['on-demand'],
    })
  )
}

type Kind = Pick<NodeClassReference, 'group' | 'kind'>

/** Versions apart. */
export function isSameKind(left: Kind, right: Kind | undefined): boolean {
  return left.group === right?.group && left.kind === right.kind
}
