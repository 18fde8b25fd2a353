// Pipeline: workload. CronJob.
import type { WorkloadKind } from './workload.ts'

export const CRON_JOB: WorkloadKind = {
  kind: 'CronJob',
  group: 'batch',
  version: 'v1',
  resource: 'cronjobs',
  metadataAt: ['spec', 'jobTemplate', 'metadata'],
  templateAt: ['spec', 'jobTemplate', 'spec', 'template'],
  supported: false,
  rollsOut: false,
}
