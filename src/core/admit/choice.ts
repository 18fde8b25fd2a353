// Pipeline: admit. What was chosen, with all that the steps read of the catalogue: from a placement that was just made, or
// from the one that a recorded plan stands for, rendered with today's catalogue and policies.
import type { Plan } from '../api/plan.ts'
import type { Catalogue, Preset } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { commandSettings } from '../sizing/command-settings.ts'
import { knownInstanceTypes } from '../sizing/instance-types.ts'
import { leafAt } from '../patch/inventory.ts'
import type { NamespacePolicies } from '../policy/namespace-policies.ts'
import type { Choice } from '../template/step.ts'
import { GATE_NAME } from '../template/steps/gate.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import { keepsToTypes } from './policy-choice.ts'

/** The choice that the plan recorded; undefined where today's catalogue no longer knows what it names. */
export function choiceOfPlan(
  kind: WorkloadKind,
  plan: Plan,
  catalogue: Catalogue,
  policies: NamespacePolicies,
): Choice | undefined {
  const preset = resolvePreset(catalogue, plan.preset)
  if (!preset.ok) return undefined
  const revision = preset.value.preset.revisions.find(({ name }) => name === plan.revision)
  const known = knownInstanceTypes(plan.instanceTypes, catalogue).length === plan.instanceTypes.length
  if (revision === undefined || !known || revision.runtimes[plan.runtime] === undefined) return undefined
  const { instanceTypes, gpusPerPod, podsPerNode, nodesPerReplica, parallelism, runtime, provisioning } = plan
  const placement = { instanceTypes, gpusPerPod, podsPerNode, nodesPerReplica, parallelism }
  const { imageVolumes = false, mirrors = [] } = plan
  const gated = leafAt(plan.added, gatePath(kind)) !== undefined
  const typesOnly = keepsToTypes(policies)
  const chosen = { placement, revision, runtime, provisioning, imageVolumes, mirrors, gated, typesOnly }
  return toChoice(preset.value.preset, chosen, catalogue)
}

type Chosen = Pick<
  Choice,
  'placement' | 'revision' | 'runtime' | 'provisioning' | 'imageVolumes' | 'mirrors' | 'gated' | 'typesOnly'
>

function gatePath({ templateAt }: WorkloadKind): readonly string[] {
  return [...templateAt, 'spec', 'schedulingGates', GATE_NAME]
}

/** The choice with the settings of the command that follow from it. */
export function toChoice(preset: Preset, chosen: Chosen, catalogue: Catalogue): Choice {
  const { placement, revision, runtime } = chosen
  const gpuMemoryGiB = Math.min(
    ...knownInstanceTypes(placement.instanceTypes, catalogue).map(type => type.gpuMemoryGiB),
  )
  return {
    preset,
    ...chosen,
    gpuMemoryGiB,
    ...commandSettings(placement, revision, runtime, catalogue),
  }
}
