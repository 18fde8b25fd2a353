// Pipeline: workload. Deployment.
import type { WorkloadKind } from './workload.ts'

/** apps/v1. */
export const DEPLOYMENT: WorkloadKind = {
  kind: 'Deployment',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  metadataAt: ['metadata'],
  specAt: ['spec'],
  templateAt: ['spec', 'template'],
  rollsOut: true,
  runsToCompletion: false,
  hasOrdinals: false,
  hasFixedTemplate: false,
  immutableAt: [],
}
