// Pipeline: claim. What every claim says about itself, whoever makes its machine.
import { formatDuration } from '../../api/format-time.ts'
import type { JsonObject } from '../../api/json.ts'
import { WORKLOAD_LABEL, workloadLabel } from '../../template/steps/labels.ts'
import type { Requirement } from '../../workload/observed.ts'
import { INSTANCE_TYPE_LABEL } from '../requirements.ts'
import type { ClaimRequest } from './backend.ts'
import {
  CLAIM_LABEL,
  IDLE_GRACE_ANNOTATION,
  SHAPE_ANNOTATION,
  WORKLOAD_NAMESPACE_LABEL,
  WORKLOAD_UID_LABEL,
} from './claim-keys.ts'

const OS = 'kubernetes.io/os'
const ARCH = 'kubernetes.io/arch'

/** Keeps pods that need no GPU off the node; KAITO's key, which the pods of the catalogue tolerate. */
export const GPU_TAINTS = [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }] as const

/** Labels by which a claim, and its node, are found again. */
export function claimLabels({ name, workload }: ClaimRequest): Readonly<Record<string, string>> {
  return {
    [CLAIM_LABEL]: name,
    [WORKLOAD_LABEL]: workloadLabel(workload.kind, workload.name),
    [WORKLOAD_NAMESPACE_LABEL]: workload.namespace,
    [WORKLOAD_UID_LABEL]: workload.uid,
  }
}

/** Only kaito-native takes the node away: consolidation would not know that a model takes half an hour to load. */
export function claimAnnotations({ idleGraceMs, shape }: ClaimRequest): Readonly<Record<string, string>> {
  return {
    'karpenter.sh/do-not-disrupt': 'true',
    ...(idleGraceMs === undefined ? {} : { [IDLE_GRACE_ANNOTATION]: formatDuration(idleGraceMs) }),
    [SHAPE_ANNOTATION]: shape,
  }
}

/** A requirement `key In values`. */
export function requireIn(key: string, values: readonly string[]): Requirement {
  return { key, operator: 'In', values }
}

/** The instance types, then each of `defaults` whose key the pods say nothing of, then what the pods say. */
export function renderRequirements(
  { instanceTypes, requirements }: ClaimRequest,
  defaults: readonly Requirement[],
): readonly JsonObject[] {
  // The types have been intersected with what the pods say of them.
  const given = requirements.filter(({ key }) => key !== INSTANCE_TYPE_LABEL)
  const added = defaults.filter(({ key }) => !given.some(requirement => requirement.key === key))
  return [requireIn(INSTANCE_TYPE_LABEL, instanceTypes), ...added, ...given].map(formatRequirement)
}

/** KAITO's images are built for linux/amd64 only. */
export const IMAGE_PLATFORM: readonly Requirement[] = [requireIn(OS, ['linux']), requireIn(ARCH, ['amd64'])]

function formatRequirement({ key, operator, values }: Requirement): JsonObject {
  return values.length === 0 ? { key, operator } : { key, operator, values }
}
