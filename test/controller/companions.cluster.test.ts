// What a workload gets besides nodes, on real Karpenter: its Service, its settings and its conditions.
import { defineConditions } from './conditions.ts'
import { defineServices } from './services.ts'
import { describeWithController } from './suite.ts'
import { defineTuning } from './tuning.ts'

await describeWithController('Services and conditions of workloads', {}, cluster => {
  defineServices(cluster)
  defineConditions(cluster)
  defineTuning(cluster)
})
