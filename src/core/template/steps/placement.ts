// Pipeline: template. What the scheduler must know of this pod, on the pod itself: pods of an older ReplicaSet are placed
// by the plan that they were made under.
import { PLACEMENT } from '../../api/annotations.ts'
import type { Step, StepInput } from '../step.ts'

const PLACEMENT_VERSION = 1

export const PLACEMENT_ANNOTATION: Step = {
  name: 'placement',
  footprint: [['{template}', 'metadata', 'annotations', PLACEMENT]],
  edits: input => {
    const { instanceTypes, gpusPerPod, nodesPerReplica } = input.placement
    const value = JSON.stringify({
      v: PLACEMENT_VERSION,
      instanceTypes,
      // The user's list is an order of preference; otherwise the provisioner may choose among the types by itself.
      ordered: input.intent.instanceTypes.length > 1,
      gpusPerPod,
      nodesPerReplica,
      provisioning: input.provisioning,
      storageGiB: storageGiB(input),
    })
    return [{ path: [...input.at.template, 'metadata', 'annotations', PLACEMENT], value }]
  },
}

const GIB = 2 ** 30

/** Weights from an image are on the node twice: as layers and unpacked. */
function storageGiB({ intent, revision }: StepInput): number {
  const twice = intent.weights?.kind === 'image' ? Math.ceil(revision.figures.weightBytes / GIB) : 0
  const diskGiB =
    intent.tuning === undefined ? revision.diskGiB : (revision.tuning?.diskGiB ?? revision.diskGiB)
  return diskGiB + twice
}
