// A planned workload as the controller remembers it.
import type { ObservedWorkload } from '../../../src/core/workload/observed.ts'

/** A Deployment that serves phi-4-mini with one replica, unless `fields` say otherwise. */
export function makeObservedWorkload(fields: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    uid: 'uid-1',
    namespace: 'default',
    name: 'phi-4-mini',
    resourceVersion: '1',
    createdAtMs: 0,
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    annotated: true,
    preset: 'phi-4-mini-instruct',
    instanceTypes: ['Standard_NC24ads_A100_v4'],
    gpusPerPod: 1,
    nodesPerReplica: 1,
    provisioning: 'nodeclaim',
    isInference: true,
    isTuning: false,
    replicas: 1,
    conditions: [],
    matchLabels: { app: 'phi' },
    podLabel: 'deployment-phi-4-mini',
    modelName: 'phi-4-mini-instruct',
    serverPort: 5000,
    ...fields,
  }
}
