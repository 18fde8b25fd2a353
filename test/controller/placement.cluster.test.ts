// Where pods go, on real Karpenter: existing nodes first, then claims that ask for what the pods ask for, and nothing
// while a gate of somebody else is closed. Every test has its own namespace and instance types.
import { describeWithController } from './suite.ts'
import { defineConstraints } from './constraints.ts'
import { defineExistingNodes } from './existing-nodes.ts'
import { defineGates } from './gates.ts'
import { defineSelectors } from './selectors.ts'

await describeWithController('placement on real Karpenter', {}, cluster => {
  defineExistingNodes(cluster)
  defineSelectors(cluster)
  defineGates(cluster)
  defineConstraints(cluster)
})
