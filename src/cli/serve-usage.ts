// Pipeline: cli. What namespaces use, for policies that limit it: by watches of pods, claims and autoscalers that begin with
// the first such policy, so that clusters without one do not pay for them. Advice only: quotas are kept at claim time.
import { createCache } from '../controller/cache.ts'
import { CLAIM_LABEL } from '../core/claim/backends/claim-keys.ts'
import { projectAutoscaler, projectClaimUsage, projectPodUsage } from '../core/claim/usage.ts'
import { createUsageTally, type UsageTally } from '../core/claim/usage-tally.ts'
import type { PolicyFacts } from '../core/policy/policy-facts.ts'
import type { WatchHandler, WatchTarget } from '../core/ports.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { AUTOSCALERS, PODS } from '../core/resource-paths.ts'
import { findInstanceType } from '../core/sizing/instance-types.ts'
import { WORKLOAD_LABEL } from '../core/template/steps/labels.ts'
import { watchResource, type WatchObserver } from '../kube/watch.ts'
import type { Shell } from './serve-parts.ts'

export interface UsageWatch {
  readonly facts: Pick<PolicyFacts, 'usageBeside' | 'maxReplicasOf'>
  /** Harmless when repeated. */
  begin(): void
  /** Resolves when everything is listed that has begun. */
  synced(): Promise<void>
}

const CLAIMS: readonly WatchTarget[] = [
  { path: { base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' }, query: { labelSelector: CLAIM_LABEL } },
  {
    path: { base: '/apis/karpenter.sh/v1alpha5', resource: 'machines' },
    query: { labelSelector: CLAIM_LABEL },
  },
]

/** Nothing is watched yet. */
export function watchUsage(
  { client, stop }: Shell,
  catalogue: () => Catalogue,
  observer: WatchObserver,
): UsageWatch {
  const tally = createUsageTally()
  let begun: Promise<unknown> | undefined
  const watch = (target: WatchTarget, handler: WatchHandler) =>
    watchResource(client, target, handler, { signal: stop, observer }).synced
  return {
    facts: {
      usageBeside: workload =>
        tally.beside(workload, name => findInstanceType(name, catalogue())?.pricePerHour),
      maxReplicasOf: workload => tally.maxReplicasOf(workload),
    },
    begin() {
      begun ??= Promise.all(feedsOf(tally).map(({ target, handler }) => watch(target, handler)))
    },
    async synced() {
      await begun
    },
  }
}

function feedsOf(
  tally: UsageTally,
): readonly { readonly target: WatchTarget; readonly handler: WatchHandler }[] {
  const pods = createCache({ project: projectPodUsage, onChange: tally.pod })
  const autoscalers = createCache({ project: projectAutoscaler, onChange: tally.autoscaler })
  return [
    { target: { path: PODS, query: { labelSelector: WORKLOAD_LABEL } }, handler: pods.handler },
    { target: { path: AUTOSCALERS }, handler: autoscalers.handler },
    ...CLAIMS.map(target => ({
      target,
      handler: createCache({ project: projectClaimUsage, onChange: tally.claim }).handler,
    })),
  ]
}
