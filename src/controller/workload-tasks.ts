// Shell: controller. What every workload gets besides nodes: its Services, the settings of its trainer and its conditions, as tasks of the queue.
import type { Observation } from '../core/claim/observation.ts'
import type { ClaimPlan, ClaimReason, PodState } from '../core/claim/plan.ts'
import { resolveWorkload } from '../core/claim/resolve-workload.ts'
import { ownConditions } from '../core/status/conditions.ts'
import { desiredConditions } from '../core/status/desired-conditions.ts'
import { planStatusPatch } from '../core/status/plan-status-patch.ts'
import type { PodProgress, WorkloadPods } from '../core/status/resource-condition.ts'
import { schedulerWords } from '../core/status/scheduler-words.ts'
import type { ObservedCondition, ObservedPod, ObservedWorkload } from '../core/workload/observed.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { ControllerDependencies } from './controller.ts'
import { ignoring, planCompanionTasks, type CompanionMemory } from './companion-tasks.ts'
import { WORKLOAD_RESOURCES } from './resources.ts'
import { tuningConfigTasks } from './tuning-config-tasks.ts'
import type { Task } from './work-queue.ts'

/** Plans them round by round. */
export interface WorkloadTasks {
  /** `setbackOf` says what the API server last refused that is still wanted for a workload. */
  plan(
    observation: Observation,
    plan: ClaimPlan,
    setbackOf: (workloadUid: string) => Setback | undefined,
  ): WorkloadRound
}

/** A claim that could not be made, or a pod that could not be evicted. */
export interface Setback {
  readonly reason: ClaimReason
  /** In the words of the API server. */
  readonly message: string
}

/** The outcome for all workloads. */
export interface WorkloadRound {
  readonly tasks: readonly Task[]
  /** Undefined: only a change can make a difference. */
  readonly requeueAfterMs?: number
}

type Dependencies = Pick<ControllerDependencies, 'client' | 'events' | 'failures' | 'clock'>

/** Of one workload, for as long as it is there. */
interface Memory extends CompanionMemory {
  /** Our conditions as they last were: the StatefulSet controller throws them away. */
  readonly own: readonly ObservedCondition[]
}

/** Remembers what the StatefulSet controller throws away, and which notices were given. */
export function createWorkloadTasks(dependencies: Dependencies, cache: ClusterCache): WorkloadTasks {
  let remembered: ReadonlyMap<string, Memory> = new Map()
  return {
    plan(observation, plan, setbackOf) {
      const podsByWorkload = podsOf(observation, plan)
      const services = cache.services()
      const configMaps = cache.configMaps()
      const refusals = new Map(plan.memory.refused.map(refused => [refused.workloadUid, refused.said]))
      const next = new Map<string, Memory>()
      const tasks: Task[] = []
      let requeueAfterMs = Infinity
      for (const workload of observation.workloads.values()) {
        const { uid } = workload
        const before = remembered.get(uid)
        const companions = planCompanionTasks(workload, services, before, dependencies, cache)
        const pods = withRefusal(podsByWorkload.get(uid) ?? NO_PODS, refusals.get(uid), setbackOf(uid))
        const own = ownConditions(workload, workload.annotated ? before?.own : [])
        next.set(uid, { ...companions.memory, own })
        tasks.push(...companions.tasks, ...tuningConfigTasks(workload, configMaps, dependencies, cache))
        // Its conditions are what a workload is known by that is not ours any more: its Services are put right first.
        const isLeaving = !workload.annotated && companions.tasks.length > 0
        if (!isLeaving) tasks.push(...statusTasks(workload, pods, own, dependencies, cache))
        requeueAfterMs = Math.min(requeueAfterMs, companions.requeueAfterMs ?? Infinity)
      }
      remembered = next
      return { tasks, ...(requeueAfterMs < Infinity && { requeueAfterMs }) }
    },
  }
}

function statusTasks(
  workload: ObservedWorkload,
  pods: WorkloadPods,
  own: readonly ObservedCondition[],
  dependencies: Dependencies,
  cache: ClusterCache,
): readonly Task[] {
  if (workload.deletedAtMs !== undefined) return []
  const desired = desiredConditions(workload, pods, own)
  const body = planStatusPatch(workload, desired, dependencies.clock.now(), own)
  return body === undefined ? [] : [statusTask(workload, body, dependencies, cache)]
}

const NO_PODS: WorkloadPods = { states: [], ready: 0 }

/** The pods of each workload that are not on their way out, with what the planner says of them. */
function podsOf(observation: Observation, plan: ClaimPlan): ReadonlyMap<string, WorkloadPods> {
  const states = new Map(plan.pods.map(state => [state.podUid, state]))
  const grouped = new Map<string, { states: PodProgress[]; ready: number }>()
  for (const pod of observation.pods) {
    if (pod.deletedAtMs !== undefined) continue
    const workload = resolveWorkload(pod, observation)
    if (workload === undefined) continue
    const group = grouped.get(workload.uid) ?? { states: [], ready: 0 }
    group.states.push(progressOf(pod, states.get(pod.uid)))
    if (pod.ready) group.ready++
    grouped.set(workload.uid, group)
  }
  return grouped
}

/** Once every gate is open the pod is kube-scheduler's: what it says is what people must read. */
function progressOf(pod: ObservedPod, state: PodState | undefined): PodProgress {
  if (pod.nodeName !== undefined) return { placed: true, reason: 'NodeAssigned', message: '' }
  const { unschedulable } = pod
  if (state?.placed !== true && pod.gates.length === 0 && unschedulable !== undefined)
    return {
      placed: false,
      reason: 'Unschedulable',
      message: `kube-scheduler: ${schedulerWords(unschedulable.message)}`,
    }
  return state ?? { placed: false, reason: 'WaitingForNode', message: 'waiting for kube-scheduler' }
}

/** What the API server says of a write that it does not take is all there is to know. */
function withRefusal(
  pods: WorkloadPods,
  refusal: string | undefined,
  setback: Setback | undefined,
): WorkloadPods {
  const refused = refusal === undefined ? pods : { ...pods, refusal }
  if (setback === undefined) return refused
  const states = pods.states.map(state => (state.placed ? state : { ...state, ...setback }))
  return { ...refused, states }
}

function statusTask(
  workload: ObservedWorkload,
  body: ReturnType<typeof planStatusPatch> & object,
  { client, failures }: Pick<ControllerDependencies, 'client' | 'failures'>,
  cache: ClusterCache,
): Task {
  const { kind, namespace, name, uid } = workload
  const path = WORKLOAD_RESOURCES[kind]
  const run = async (): Promise<void> => {
    if (path === undefined) return
    // The uid is a precondition: a namesake that came after it must not get its conditions.
    const patch = { metadata: { uid }, ...body }
    cache.written(path.resource, await client.patch(path, workload, 'strategic-merge-patch', patch, 'status'))
  }
  return {
    key: `status ${uid}`,
    type: 'patch-status',
    subject: `${kind} ${namespace}/${name}`,
    run: () => ignoring('not-found', failures, run),
  }
}
