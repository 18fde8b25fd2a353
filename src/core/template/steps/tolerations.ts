// Pipeline: template. Tolerations for GPU nodes. The list is atomic: whoever applies a file with tolerations sends all of
// them, so nothing is merged into the user's list; where the user has one, the controller adds what is missing in the
// patch that opens the gate. Without a gate (provisioning none) there is no such patch, and the lists are merged here.
import { jsonEqual, listAt, type Json } from '../../api/json.ts'
import type { Step } from '../step.ts'

/** AKS, GKE and EKS practice: GPU nodes are tainted nvidia.com/gpu (any value) or, KAITO's own, sku=gpu. */
export const GPU_TOLERATIONS: readonly Json[] = [
  { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
]

export const TOLERATIONS: Step = {
  name: 'tolerations',
  footprint: [['{pod}', 'tolerations']],
  edits: input => {
    const path = [...input.at.pod, 'tolerations']
    const users = listAt(input.pod, 'tolerations')
    if (users.length === 0 || input.provisioning !== 'none') return [{ path, value: GPU_TOLERATIONS }]
    const missing = GPU_TOLERATIONS.filter(ours => !users.some(theirs => jsonEqual(ours, theirs)))
    return missing.length === 0 ? [] : [{ path, value: [...users, ...missing], merges: true }]
  },
}
