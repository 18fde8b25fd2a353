// Pipeline: workload. Job.
import type { WorkloadKind } from './workload.ts'

export const JOB: WorkloadKind = {
  kind: 'Job',
  group: 'batch',
  version: 'v1',
  resource: 'jobs',
  metadataAt: ['metadata'],
  templateAt: ['spec', 'template'],
  supported: false,
  rollsOut: false,
}
