// Pipeline: claim. What is used now, namespace by namespace and workload by workload: kept up as objects come, change and
// go, so that a question costs no walk over all pods.
import type { Usage, WorkloadName } from '../policy/policy-facts.ts'
import { workloadLabel } from '../template/steps/labels.ts'
import { priceOfClaim, scaleTarget, type AutoscalerUsage, type ClaimUsage, type PodUsage } from './usage.ts'

/** Told of what changes, asked for sums. */
export interface UsageTally {
  readonly pod: (uid: string, before: PodUsage | undefined, now: PodUsage | undefined) => void
  readonly claim: (uid: string, before: ClaimUsage | undefined, now: ClaimUsage | undefined) => void
  readonly autoscaler: (
    uid: string,
    before: AutoscalerUsage | undefined,
    now: AutoscalerUsage | undefined,
  ) => void
  /** What the namespace uses without that workload. */
  beside(workload: WorkloadName, priceOfType: (name: string) => number | undefined): Usage
  /** Undefined: nothing scales it. Of several autoscalers the highest counts. */
  maxReplicasOf(workload: WorkloadName): number | undefined
}

/** Nothing is used. */
export function createUsageTally(): UsageTally {
  const gpus = new Map<string, Map<string, number>>()
  const claims = new Map<string, Map<string, ClaimUsage>>()
  const autoscalers = new Map<string, Map<string, AutoscalerUsage>>()
  const addGpus = (pod: PodUsage | undefined, sign: 1 | -1): void => {
    if (pod === undefined) return
    const ofNamespace = inner(gpus, pod.namespace)
    const sum = (ofNamespace.get(pod.workload) ?? 0) + sign * pod.gpus
    if (sum === 0) ofNamespace.delete(pod.workload)
    else ofNamespace.set(pod.workload, sum)
  }
  return {
    pod(_uid, before, now) {
      addGpus(before, -1)
      addGpus(now, 1)
    },
    claim: (uid, before, now) => move(claims, uid, before, now),
    autoscaler: (uid, before, now) => move(autoscalers, uid, before, now),
    beside({ kind, namespace, name }, priceOfType) {
      const own = workloadLabel(kind, name)
      const others = [...(gpus.get(namespace) ?? [])].filter(([workload]) => workload !== own)
      const nodes = [...(claims.get(namespace)?.values() ?? [])].filter(({ workload }) => workload !== own)
      return {
        gpus: others.reduce((sum, [, some]) => sum + some, 0),
        nodes: nodes.length,
        costPerHour: nodes.reduce((sum, { priced }) => sum + priceOfClaim(priced, priceOfType), 0),
      }
    },
    maxReplicasOf({ kind, namespace, name }) {
      const target = scaleTarget(kind, name)
      const found = [...(autoscalers.get(namespace)?.values() ?? [])].filter(one => one.target === target)
      return found.length === 0 ? undefined : Math.max(...found.map(({ maxReplicas }) => maxReplicas))
    },
  }
}

function inner<T>(outer: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const known = outer.get(key) ?? new Map<string, T>()
  outer.set(key, known)
  return known
}

function move<T extends { readonly namespace: string }>(
  byNamespace: Map<string, Map<string, T>>,
  uid: string,
  before: T | undefined,
  now: T | undefined,
): void {
  if (before !== undefined) byNamespace.get(before.namespace)?.delete(uid)
  if (now !== undefined) inner(byNamespace, now.namespace).set(uid, now)
}
