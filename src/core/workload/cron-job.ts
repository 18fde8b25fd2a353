// Pipeline: workload. CronJob: its job template is completed in place, and its Jobs arrive complete.
import type { WorkloadKind } from './workload.ts'

/** batch/v1. */
export const CRON_JOB: WorkloadKind = {
  kind: 'CronJob',
  group: 'batch',
  version: 'v1',
  resource: 'cronjobs',
  metadataAt: ['spec', 'jobTemplate', 'metadata'],
  specAt: ['spec', 'jobTemplate', 'spec'],
  templateAt: ['spec', 'jobTemplate', 'spec', 'template'],
  rollsOut: false,
  runsToCompletion: true,
  hasOrdinals: false,
  hasFixedTemplate: false,
  immutableAt: [],
}
