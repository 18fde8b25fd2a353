// Shell: controller. What is on its way counts as done, as kube-scheduler assumes the pods that it binds: between a decision
// and the answer to its write a round would else give the same room to another pod, a pod to a node that is being given back,
// or a second claim to the same pods. A deletion alone does not: it may be refused, or never be sent.
import { claimToBe } from '../core/claim/claim-to-be.ts'
import type { Observation, ObservedClaim } from '../core/claim/observation.ts'
import type { Action } from '../core/claim/plan.ts'
import type { Clock } from '../core/ports.ts'
import { GATE_NAME } from '../core/template/steps/gate.ts'
import type { ObservedPod } from '../core/workload/observed.ts'
import type { Task } from './work-queue.ts'

type Of<T extends Action['type']> = Extract<Action, { readonly type: T }>

/** What the queue has begun and not ended. */
export interface InFlight {
  /** The task, remembered from its start to its end. */
  track(action: Action, task: Task): Task
  /** The picture as it will be if everything that is on its way succeeds. */
  assume(observation: Observation): Observation
}

/** Nothing is on its way yet. */
export function createInFlight(clock: Clock): InFlight {
  const running = new Set<Action>()
  return {
    track: (action, task) => ({
      ...task,
      async run() {
        running.add(action)
        try {
          await task.run()
        } finally {
          running.delete(action)
        }
      },
    }),
    assume(observation) {
      if (running.size === 0) return observation
      const actions = [...running]
      const { pods, claims } = observation
      return {
        ...observation,
        pods: withOpenings(
          withBindings(pods, actions.filter(isOf('bind-pod'))),
          actions.filter(isOf('open-gate')),
        ),
        claims: withDeletions(
          withCreations(claims, actions.filter(isOf('create-claim')), clock.now()),
          actions.filter(isOf('delete-claim')),
        ),
      }
    },
  }
}

function isOf<T extends Action['type']>(type: T): (action: Action) => action is Of<T> {
  return (action): action is Of<T> => action.type === type
}

function withBindings(
  pods: readonly ObservedPod[],
  bindings: readonly Of<'bind-pod'>[],
): readonly ObservedPod[] {
  if (bindings.length === 0) return pods
  const pins = new Map(bindings.map(({ pod, pin }) => [pod.uid, pin]))
  return pods.map(pod => {
    const pin = pins.get(pod.uid)
    // The watch may be faster than the answer: then it is so already.
    if (pin === undefined || !pod.gates.includes(GATE_NAME)) return pod
    const gates = pod.gates.filter(gate => gate !== GATE_NAME)
    return { ...pod, gates, nodeSelector: { ...pod.nodeSelector, [pin.key]: pin.value } }
  })
}

function withOpenings(
  pods: readonly ObservedPod[],
  openings: readonly Of<'open-gate'>[],
): readonly ObservedPod[] {
  if (openings.length === 0) return pods
  const uids = new Set(openings.map(({ pod }) => pod.uid))
  return pods.map(pod =>
    uids.has(pod.uid) ? { ...pod, gates: pod.gates.filter(gate => gate !== GATE_NAME) } : pod,
  )
}

/**
 * The name of a claim is the lowest free one of its shape: where a lower one becomes free before this claim is known, the
 * same pods would get a second one.
 */
function withCreations(
  claims: readonly ObservedClaim[],
  creations: readonly Of<'create-claim'>[],
  nowMs: number,
): readonly ObservedClaim[] {
  if (creations.length === 0) return claims
  const known = new Set(claims.map(({ name }) => name))
  const made = creations
    .filter(({ name }) => !known.has(name))
    .map(({ name, object }) => claimToBe(name, object, nowMs))
    .filter(claim => claim !== undefined)
  return [...claims, ...made]
}

function withDeletions(
  claims: readonly ObservedClaim[],
  deletions: readonly Of<'delete-claim'>[],
): readonly ObservedClaim[] {
  if (deletions.length === 0) return claims
  const uids = new Set(deletions.map(({ claim }) => claim.uid))
  return claims.map(claim =>
    uids.has(claim.uid) && claim.deletedAtMs === undefined ? { ...claim, isGoing: true } : claim,
  )
}
