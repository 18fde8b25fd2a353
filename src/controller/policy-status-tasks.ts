// Shell: controller. The status of policies, as tasks of the queue: looked at every few seconds while something happens, and
// written only where it differs.
import { countForPolicies } from '../core/claim/policy-counts.ts'
import type { Observation } from '../core/claim/observation.ts'
import type { ClaimPlan } from '../core/claim/plan.ts'
import type { ObservedPolicy } from '../core/policy/observed-policy.ts'
import { planPolicyStatus } from '../core/policy/policy-status.ts'
import type { JsonObject } from '../core/api/json.ts'
import { POLICIES } from '../core/resource-paths.ts'
import type { ClusterCache } from './cluster-cache.ts'
import { ignoring } from './companion-tasks.ts'
import type { ControllerDependencies } from './controller.ts'
import type { Task } from './work-queue.ts'

/** Plans them round by round. */
export interface PolicyStatusTasks {
  plan(observation: Observation, plan: ClaimPlan): PolicyStatusRound
}

export interface PolicyStatusRound {
  readonly tasks: readonly Task[]
  /** Undefined: what there is to say has been said. */
  readonly requeueAfterMs?: number
}

type Dependencies = Pick<ControllerDependencies, 'client' | 'clock' | 'failures' | 'settings'>

/** Counts change with every pod; people read them now and then. */
const EVERY_MS = 3_000

/** Nothing has been looked at yet. */
export function createPolicyStatusTasks(dependencies: Dependencies, cache: ClusterCache): PolicyStatusTasks {
  const { clock, settings } = dependencies
  let nextMs = 0
  return {
    plan(observation, { pods }) {
      const { objects } = cache.policies.policies
      if (objects.size === 0) return { tasks: [] }
      const nowMs = clock.now()
      const waitMs = nextMs - nowMs
      // More: the clock was set back.
      if (waitMs > 0 && waitMs <= EVERY_MS) return { tasks: [], requeueAfterMs: waitMs }
      nextMs = nowMs + EVERY_MS
      const count = countForPolicies(observation, pods, settings)
      const tasks = [...objects.values()].flatMap(observed => {
        const namespaces = cache.policies.index.namespacesOf(observed.policy)
        const status = planPolicyStatus(observed, count(observed.name, namespaces), nowMs)
        return status === undefined ? [] : [statusTask(observed, status, dependencies, cache)]
      })
      return { tasks }
    },
  }
}

function statusTask(
  { uid, name }: ObservedPolicy,
  status: JsonObject,
  { client, failures }: Dependencies,
  cache: ClusterCache,
): Task {
  const run = async (): Promise<void> => {
    // The uid is a precondition: a namesake that came after it is another policy.
    const body = { metadata: { uid }, status }
    const target = { namespace: '', name }
    cache.written(POLICIES.resource, await client.patch(POLICIES, target, 'merge-patch', body, 'status'))
  }
  return {
    key: `status ${uid}`,
    type: 'patch-policy-status',
    subject: `PresetPolicy ${name}`,
    run: () => ignoring('not-found', failures, run),
  }
}
