// The simulator does what Kubernetes and Karpenter do: semantics.cluster.test.ts asks the same of the real ones.
import { describe, test } from 'node:test'
import { API_SEMANTICS } from './api.ts'
import { CONTROLLER_SEMANTICS } from './controllers.ts'
import { disruptionSemantics } from './disruptions.ts'
import { nodeSemantics } from './nodes.ts'
import { simulateCluster } from './simulated-cluster.ts'
import { WATCH_SEMANTICS } from './watches.ts'

const TYPES = { plenty: 'one-a', scarce: 'one-b' }
const ALL = [
  ...API_SEMANTICS,
  ...WATCH_SEMANTICS,
  ...CONTROLLER_SEMANTICS,
  ...nodeSemantics(TYPES),
  ...disruptionSemantics(TYPES),
]

describe('the simulated cluster', () => {
  for (const { name, check } of ALL)
    test(name, async () => {
      for (const seed of [1, 2, 3]) await check(simulateCluster(seed))
    })
})
