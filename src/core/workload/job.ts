// Pipeline: workload. Job: whatever it needs is there when it is created, or never.
import type { WorkloadKind } from './workload.ts'

/** batch/v1. */
export const JOB: WorkloadKind = {
  kind: 'Job',
  group: 'batch',
  version: 'v1',
  resource: 'jobs',
  metadataAt: ['metadata'],
  specAt: ['spec'],
  templateAt: ['spec', 'template'],
  rollsOut: false,
  runsToCompletion: true,
  hasOrdinals: false,
  hasFixedTemplate: true,
  immutableAt: [],
}
