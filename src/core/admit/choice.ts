// Pipeline: admit. What was chosen, with all that the steps read of the catalogue: from a placement that was just made, or
// from the one that a recorded plan stands for, rendered with today's catalogue.
import type { Plan } from '../api/plan.ts'
import type { Catalogue, Preset } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { commandSettings } from '../sizing/command-settings.ts'
import { knownInstanceTypes } from '../sizing/instance-types.ts'
import type { Choice } from '../template/step.ts'

/** The choice that the plan recorded; undefined where today's catalogue no longer knows what it names. */
export function choiceOfPlan(plan: Plan, catalogue: Catalogue): Choice | undefined {
  const preset = resolvePreset(catalogue, plan.preset)
  if (!preset.ok) return undefined
  const revision = preset.value.preset.revisions.find(({ name }) => name === plan.revision)
  const known = knownInstanceTypes(plan.instanceTypes, catalogue).length === plan.instanceTypes.length
  if (revision === undefined || !known || revision.runtimes[plan.runtime] === undefined) return undefined
  const { instanceTypes, gpusPerPod, podsPerNode, nodesPerReplica, parallelism, runtime, provisioning } = plan
  const placement = { instanceTypes, gpusPerPod, podsPerNode, nodesPerReplica, parallelism }
  const chosen = { placement, revision, runtime, provisioning, imageVolumes: plan.imageVolumes ?? false }
  return toChoice(preset.value.preset, chosen, catalogue)
}

/** The choice with the settings of the command that follow from it. */
export function toChoice(
  preset: Preset,
  chosen: Pick<Choice, 'placement' | 'revision' | 'runtime' | 'provisioning' | 'imageVolumes'>,
  catalogue: Catalogue,
): Choice {
  const { placement, revision, runtime, provisioning, imageVolumes } = chosen
  const gpuMemoryGiB = Math.min(
    ...knownInstanceTypes(placement.instanceTypes, catalogue).map(type => type.gpuMemoryGiB),
  )
  return {
    preset,
    revision,
    runtime,
    placement,
    provisioning,
    imageVolumes,
    gpuMemoryGiB,
    ...commandSettings(placement, revision, runtime, catalogue),
  }
}
