// Pipeline: workload. StatefulSet.
import type { WorkloadKind } from './workload.ts'

export const STATEFUL_SET: WorkloadKind = {
  kind: 'StatefulSet',
  group: 'apps',
  version: 'v1',
  resource: 'statefulsets',
  metadataAt: ['metadata'],
  templateAt: ['spec', 'template'],
  supported: true,
  rollsOut: false,
}
