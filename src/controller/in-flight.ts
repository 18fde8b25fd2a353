// Shell: controller. What is on its way counts as done, as kube-scheduler assumes the pods that it binds: between a decision
// and the answer to its write a round would else give the same room to another pod, or a pod to a node that is being given back.
import { GATE_NAME } from '../core/template/steps/gate.ts'
import type { Observation, ObservedClaim } from '../core/claim/observation.ts'
import type { Action } from '../core/claim/plan.ts'
import type { Clock } from '../core/ports.ts'
import type { ObservedPod } from '../core/workload/observed.ts'
import type { Task } from './work-queue.ts'

type Binding = Extract<Action, { readonly type: 'bind-pod' }>

export interface InFlight {
  /** The task, remembered from its start to its end. */
  track(action: Action, task: Task): Task
  /** The picture as it will be if everything that is on its way succeeds. */
  assume(observation: Observation): Observation
}

/** Nothing is on its way yet. */
export function createInFlight({ now }: Clock): InFlight {
  /** By the pod's uid. */
  const bindings = new Map<string, Binding>()
  /** Uids of claims. */
  const deletions = new Set<string>()
  return {
    track(action, task) {
      if (action.type === 'bind-pod')
        return during(
          task,
          () => bindings.set(action.pod.uid, action),
          () => bindings.delete(action.pod.uid),
        )
      if (action.type !== 'delete-claim') return task
      return during(
        task,
        () => deletions.add(action.claim.uid),
        () => deletions.delete(action.claim.uid),
      )
    },
    assume: observation => ({
      ...observation,
      pods:
        bindings.size === 0
          ? observation.pods
          : observation.pods.map(pod => withBinding(pod, bindings.get(pod.uid))),
      claims:
        deletions.size === 0
          ? observation.claims
          : observation.claims.map(claim => (deletions.has(claim.uid) ? leaving(claim, now()) : claim)),
    }),
  }
}

function during(task: Task, begin: () => void, end: () => void): Task {
  return {
    ...task,
    async run() {
      begin()
      try {
        await task.run()
      } finally {
        end()
      }
    },
  }
}

/** The watch may be faster than the answer: then it is so already. */
function withBinding(pod: ObservedPod, binding: Binding | undefined): ObservedPod {
  if (binding === undefined || !pod.gates.includes(GATE_NAME)) return pod
  const { key, value } = binding.pin
  return {
    ...pod,
    gates: pod.gates.filter(gate => gate !== GATE_NAME),
    nodeSelector: { ...pod.nodeSelector, [key]: value },
  }
}

function leaving(claim: ObservedClaim, nowMs: number): ObservedClaim {
  return claim.deletedAtMs === undefined ? { ...claim, deletedAtMs: nowMs } : claim
}
