// Shell: controller. One round: observe → plan → hand the actions to the queue. Nothing here waits for the API server.
import { planClaims } from '../core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type Action, type ClaimPlan, type Notice } from '../core/claim/plan.ts'
import type { Observation, Provisioner } from '../core/claim/observation.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { ControllerDependencies } from './controller.ts'
import { claimKey, keyOf, podReference, taskOf, workloadReference } from './execute.ts'
import { createInFlight, type InFlight } from './in-flight.ts'
import { claimsPath } from './resources.ts'
import { createPolicyStatusTasks } from './policy-status-tasks.ts'
import { createTrainingConfigs } from './training-configs.ts'
import { createWorkloadTasks, type Setback } from './workload-tasks.ts'
import { createWorkQueue, type Task, type WorkQueue } from './work-queue.ts'

/** The rounds of one term. */
export interface Rounds {
  /** Milliseconds until the next round at the latest; undefined: only a change can make a difference. */
  run(provisioner: Provisioner | undefined): number | undefined
  /** Starts nothing more, and waits for what runs. */
  stop(): Promise<void>
}

/** The rounds of one leadership: what they remember ends with it. */
export function createRounds(
  dependencies: ControllerDependencies,
  cache: ClusterCache,
  wake: () => void,
  isCurrent: () => boolean,
): Rounds {
  const { clock, observer, settings } = dependencies
  const queue = createWorkQueue({
    clock,
    mayStart: isCurrent,
    classify: error => dependencies.failures.classify(error),
    onDone({ type, subject }, failure) {
      observer.executed({ type, subject, ...(failure !== undefined && { failure }) })
      wake()
    },
  })
  const workloadTasks = createWorkloadTasks(dependencies, cache)
  const policyStatusTasks = createPolicyStatusTasks(dependencies, cache)
  const inFlight = createInFlight(clock)
  const trainingConfigs = createTrainingConfigs(dependencies, wake)
  let memory = EMPTY_MEMORY
  return {
    run(provisioner) {
      const begunMs = clock.now()
      // A failure of another kind says nothing: a claim whose answer was lost may be there.
      const isRefusedName = (name: string) => queue.failureOf(claimKey(name))?.kind === 'refused'
      const observed = inFlight.assume(cache.observe(provisioner))
      const { holds, requeueAfterMs } = trainingConfigs.holds(observed)
      const observation = { ...observed, holds, isRefusedName }
      const plan = planClaims(observation, memory, settings, begunMs)
      memory = plan.memory
      notify(plan.notices, observation, dependencies)
      const setbacks = setbacksOf(plan.actions, queue)
      const workloads = workloadTasks.plan(observation, plan, uid => setbacks.get(uid))
      const claims = claimTasks(plan, observation, dependencies, cache, inFlight)
      const policies = policyStatusTasks.plan(observation, plan)
      queue.submit([...claims, ...workloads.tasks, ...policies.tasks])
      const waitingPods = plan.pods.filter(({ placed }) => !placed).length
      observer.planned({
        durationMs: clock.now() - begunMs,
        waitingPods,
        claims: observation.claims.length,
      })
      return earliest(
        plan.requeueAfterMs,
        workloads.requeueAfterMs,
        policies.requeueAfterMs,
        requeueAfterMs,
        queue.nextDueMs(),
      )
    },
    async stop() {
      await Promise.all([queue.drained(), trainingConfigs.settled()])
    },
  }
}

/** Why claims that are wanted could not be made, or pods not be evicted, by workload. */
function setbacksOf(actions: readonly Action[], queue: WorkQueue): ReadonlyMap<string, Setback> {
  const setbacks = new Map<string, Setback>()
  for (const action of actions) {
    if (action.type !== 'create-claim' && action.type !== 'evict-pod') continue
    const message = queue.failureOf(keyOf(action))?.message
    const reason = action.type === 'create-claim' ? 'ClaimFailed' : 'EvictionRefused'
    if (message !== undefined) setbacks.set(action.workloadUid, { reason, message })
  }
  return setbacks
}

function claimTasks(
  { actions }: ClaimPlan,
  { provisioner, workloads }: Observation,
  { client, events, failures }: ControllerDependencies,
  cache: ClusterCache,
  inFlight: InFlight,
): readonly Task[] {
  const workload = (uid: string | undefined) => (uid === undefined ? undefined : workloads.get(uid))
  // Without a provisioner there are no claims, and so no actions on them.
  const claims = provisioner === undefined ? NO_CLAIMS : claimsPath(provisioner.backend)
  return actions.map(action =>
    inFlight.track(action, taskOf(action, { client, cache, events, failures, claims, workload })),
  )
}

const NO_CLAIMS = { base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' }

function notify(
  notices: readonly Notice[],
  { workloads, pods }: Observation,
  { events }: ControllerDependencies,
): void {
  for (const { type, reason, message, workloadUid, podUid } of notices) {
    const workload = workloadUid === undefined ? undefined : workloads.get(workloadUid)
    const pod = podUid === undefined ? undefined : pods.find(({ uid }) => uid === podUid)
    const objects = [
      ...(workload === undefined ? [] : [workloadReference(workload)]),
      ...(pod === undefined ? [] : [podReference(pod)]),
    ]
    for (const object of objects) events.record({ object, type, reason, message })
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
