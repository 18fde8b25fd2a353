// Pipeline: workload. StatefulSet: the only kind whose pods find each other by name, so one replica may span nodes.
import type { WorkloadKind } from './workload.ts'

/** apps/v1. */
export const STATEFUL_SET: WorkloadKind = {
  kind: 'StatefulSet',
  group: 'apps',
  version: 'v1',
  resource: 'statefulsets',
  metadataAt: ['metadata'],
  specAt: ['spec'],
  templateAt: ['spec', 'template'],
  rollsOut: false,
  runsToCompletion: false,
  hasOrdinals: true,
  hasFixedTemplate: false,
  immutableAt: [
    ['spec', 'podManagementPolicy'],
    ['spec', 'serviceName'],
  ],
}
