// Preemption and disruption budgets, on a real kube-scheduler and API server. Every test has its own namespace.
import { defineBudgets, definePreemption } from './disruption.ts'
import { describeWithController } from './suite.ts'

await describeWithController('preemption and budgets on real Karpenter', {}, cluster => {
  definePreemption(cluster)
  defineBudgets(cluster)
})
