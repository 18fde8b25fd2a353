// Pipeline: template. What the scheduler must know of this pod, on the pod itself: pods of an older ReplicaSet are placed
// by the plan that they were made under.
import { PLACEMENT } from '../../api/annotations.ts'
import type { Step } from '../step.ts'

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
      storageGiB: input.revision.diskGiB,
    })
    return [{ path: [...input.at.template, 'metadata', 'annotations', PLACEMENT], value }]
  },
}
