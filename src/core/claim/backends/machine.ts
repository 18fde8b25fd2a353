// Pipeline: claim. The Machine of karpenter.sh/v1alpha5, as Azure's gpu-provisioner up to 0.2.1 reads it (KAITO 0.1 to 0.4).
// https://github.com/kubernetes-sigs/karpenter/blob/v0.32.0/pkg/apis/v1alpha5/machine.go
import type { JsonObject } from '../../api/json.ts'
import type { ClaimBackend, ClaimRequest } from './backend.ts'
import {
  claimAnnotations,
  claimLabels,
  renderRequirements,
  GPU_TAINTS,
  IMAGE_PLATFORM,
  requireIn,
} from './claim-metadata.ts'
import { requiredLabels, unsupportedByGpuProvisioner, workspaceLabel } from './gpu-provisioner.ts'
import { GIB } from './quantities.ts'

const GROUP = 'karpenter.sh'
const VERSION = 'v1alpha5'
const PROVISIONER = 'karpenter.sh/provisioner-name'
/**
 * That gpu-provisioner cuts the number of bytes to 32 bits and takes it for GiB. Multiples of 4 GiB become 0 there, which
 * means the default disk; any other number would be refused, or be a disk of another size.
 */
const STORAGE_STEP_GIB = 4

/** Azure's gpu-provisioner up to 0.2.1. */
export const MACHINE: ClaimBackend = {
  name: 'machine',
  api: 'machine',
  group: GROUP,
  version: VERSION,
  kind: 'Machine',
  resource: 'machines',
  nodeClassKind: undefined,
  choosesInstanceType: false,
  desiredClaim,
  unsupportedRequirements: unsupportedByGpuProvisioner,
}

function desiredClaim(request: ClaimRequest): JsonObject {
  const labels = requiredLabels(request)
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'Machine',
    metadata: {
      name: request.name,
      labels: { ...labels, [PROVISIONER]: 'default', ...workspaceLabel(request), ...claimLabels(request) },
      annotations: claimAnnotations(request),
    },
    spec: {
      machineTemplateRef: { name: request.name },
      requirements: requirementsOf(request, labels),
      resources: { requests: { storage: `${storageGiB(request)}Gi` } },
      taints: GPU_TAINTS,
    },
  }
}

function requirementsOf(request: ClaimRequest, labels: object): readonly JsonObject[] {
  const instanceTypes = request.instanceTypes.slice(0, 1)
  const requirements = request.requirements.filter(({ key }) => Object.hasOwn(labels, key))
  return renderRequirements({ ...request, instanceTypes, requirements }, [
    requireIn(PROVISIONER, ['default']),
    requireIn('kaito.sh/machine-type', ['gpu']),
    ...IMAGE_PLATFORM,
  ])
}

function storageGiB({ requests, storageGiB: needed }: ClaimRequest): number {
  const asked = Math.max((requests['ephemeral-storage'] ?? 0) / GIB, needed)
  return Math.ceil(Math.ceil(asked) / STORAGE_STEP_GIB) * STORAGE_STEP_GIB
}
