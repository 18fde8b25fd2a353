// Pipeline: template. One replica over several nodes: all pods of the StatefulSet start at once (a gated pod 0 would hold
// up the others for ever) and are restarted as a whole by the controller; they find each other through the governing
// Service, which the controller makes where it is missing.
// https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
import { groupServiceName, isGroup } from '../group.ts'
import type { Step } from '../step.ts'

export const POD_MANAGEMENT_POLICY = 'Parallel'

export const GROUP: Step = {
  name: 'group',
  footprint: [
    ['{spec}', 'podManagementPolicy'],
    ['{spec}', 'updateStrategy'],
    ['{spec}', 'serviceName'],
  ],
  edits: input => {
    if (!isGroup(input)) return []
    const { spec } = input.at
    return [
      { path: [...spec, 'podManagementPolicy'], value: POD_MANAGEMENT_POLICY },
      { path: [...spec, 'updateStrategy'], value: { type: 'OnDelete' } },
      { path: [...spec, 'serviceName'], value: groupServiceName(input) },
    ]
  },
}
