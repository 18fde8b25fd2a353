// What happens when nodes, pods and workloads go, on real Karpenter. Every test has its own namespace.
import { defineEviction } from './eviction.ts'
import { defineGivingBack } from './giving-back.ts'
import { describeWithController } from './suite.ts'

await describeWithController('eviction and release on real Karpenter', {}, cluster => {
  defineEviction(cluster)
  defineGivingBack(cluster)
})
