// Pipeline: claim. What both generations of Azure's gpu-provisioner have in common: it makes an AKS agent pool of one
// machine, named like the claim, of the first instance type that the claim names; other requirements it ignores.
// https://github.com/Azure/gpu-provisioner/blob/v0.4.3/pkg/providers/instance/instance.go
import { workloadLabel } from '../../template/steps/labels.ts'
import type { Requirement } from '../../workload/observed.ts'
import { INSTANCE_TYPE_LABEL } from '../requirements.ts'
import type { ClaimRequest } from './backend.ts'

const WORKSPACE_LABEL = 'kaito.sh/workspace'

/** Labels of which AKS, Karpenter, the kubelet or KAITO decide: no agent pool can be given them. */
const RESERVED_DOMAINS = ['kubernetes.io', 'k8s.io', 'karpenter.sh', 'azure.com', 'kaito.sh'] as const
/** Agent pools are Linux, Azure's NVIDIA types are amd64, and gpu-provisioner labels what begins with Standard_N. */
const ALWAYS_SO: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/os', 'linux'],
  ['kubernetes.io/arch', 'amd64'],
  ['kaito.sh/machine-type', 'gpu'],
])

/**
 * Without this label it does not count the agent pool as one of its own. The value begins with what no Workspace is
 * called, and the label of the Workspace's namespace is left out: upstream's operator never takes the claim for its own.
 */
export function workspaceLabel({ workload }: ClaimRequest): Readonly<Record<string, string>> {
  return { [WORKSPACE_LABEL]: workloadLabel(`native-${workload.kind}`, workload.name) }
}

/** Requirements that come true as labels of the agent pool: labels of the claim become labels of the node. */
export function requiredLabels({ requirements }: ClaimRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    requirements.filter(isLabel).map(({ key, values: [value = ''] }) => [key, value] as const),
  )
}

/** What it would not see to: zones, spot, anything but a label of one value. */
export function unsupportedByGpuProvisioner(requirements: readonly Requirement[]): readonly string[] {
  return requirements
    .filter(requirement => !isLabel(requirement) && !isAlwaysSo(requirement))
    .map(
      ({ key, operator, values }) =>
        `gpu-provisioner cannot honour ${[key, operator, values].join(' ').trim()}`,
    )
}

function isLabel({ key, operator, values }: Requirement): boolean {
  return operator === 'In' && values.length === 1 && !isReserved(key)
}

function isReserved(key: string): boolean {
  const [domain = ''] = key.includes('/') ? key.split('/') : ['']
  return RESERVED_DOMAINS.some(reserved => domain === reserved || domain.endsWith(`.${reserved}`))
}

function isAlwaysSo({ key, operator, values }: Requirement): boolean {
  const value = ALWAYS_SO.get(key)
  if (value === undefined) return key === INSTANCE_TYPE_LABEL
  return operator === 'In' ? values.includes(value) : operator === 'Exists'
}
