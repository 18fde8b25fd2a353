// Pipeline: workload. Deployment.
import type { WorkloadKind } from './workload.ts'

export const DEPLOYMENT: WorkloadKind = {
  kind: 'Deployment',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  metadataAt: ['metadata'],
  templateAt: ['spec', 'template'],
  supported: true,
  rollsOut: true,
}
