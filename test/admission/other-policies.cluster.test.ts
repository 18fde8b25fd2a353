// Other people's policies and webhooks on the real API server: Pod Security, quotas, limits, and injectors in both orders.
import { defineInjectors } from './foreign-injectors.ts'
import { defineLimits } from './limits.ts'
import { definePodSecurity } from './pod-security.ts'
import { describeWithServe } from './suite.ts'

await describeWithServe('a workload among other policies', {}, cluster => {
  definePodSecurity(cluster)
  defineLimits(cluster)
  defineInjectors(cluster)
})
