// Pipeline: claim. What the planner answers: actions for the executor, one sentence for each pod that still waits, what to
// remember, and when to ask again.
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import type { ObservedPod, PodPlacement } from '../workload/observed.ts'
import type { ObservedClaim, ObservedNode } from './observation.ts'

/** Reasons of Events and conditions, apart from their sentences. */
const CLAIM_REASONS = [
  'ClaimCreated',
  'ClaimFailed',
  'CapacityRefused',
  'LaunchTimedOut',
  'NodeAssigned',
  'NodeLost',
  'NodeFull',
  'NodeReleased',
  'GroupRestarted',
  'EvictionRefused',
  'NodeClassMissing',
  'NoProvisioner',
  'WaitingForOtherGates',
  'WaitingForNode',
  'WaitingForGroup',
  'WaitingForCapacity',
  'QuotaExceeded',
  'PolicyRefused',
  'PolicyUnknown',
  'GateOpened',
  'NotPlanned',
  'PlacementInvalid',
  'Unsatisfiable',
  'TrainingConfigUnread',
  'TrainingConfigInvalid',
] as const
/** One of them. */
export type ClaimReason = (typeof CLAIM_REASONS)[number]

/** One step towards the desired state. Each is idempotent: done twice, the second is refused or changes nothing. */
export type Action =
  | {
      readonly type: 'create-claim'
      readonly name: string
      readonly object: JsonObject
      readonly workloadUid: string
      readonly message: string
    }
  | {
      /** Pins the pod and opens our gate, in one JSON Patch that fails where the pod has changed. */
      readonly type: 'bind-pod'
      readonly pod: ObservedPod
      readonly operations: readonly (Operation | TestOperation)[]
      /** The node label by which the pod is held to its node. */
      readonly pin: { readonly key: string; readonly value: string }
      readonly nodeName: string
      readonly message: string
    }
  | {
      /** Opens our gate and leaves the rest to kube-scheduler: with `provisioning: none` it stands for a quota alone. */
      readonly type: 'open-gate'
      readonly pod: ObservedPod
      readonly operations: readonly (Operation | TestOperation)[]
      readonly message: string
    }
  | {
      /** By the eviction API, so that a Job's podFailurePolicy sees a disruption. */
      readonly type: 'evict-pod'
      readonly pod: ObservedPod
      readonly workloadUid: string
      readonly reason: ClaimReason
      readonly message: string
    }
  | {
      readonly type: 'delete-claim'
      readonly claim: ObservedClaim
      readonly reason: ClaimReason
      readonly message: string
      /** The executor looks once more, at the API server, that no pod is on this node. */
      readonly nodeName: string | undefined
      /** It then deletes nothing if there is one. False: the node is dead, and the pods that hang on it hold nothing up. */
      readonly expectEmpty: boolean
    }
  | {
      /** Puts the label back by which pods are pinned: Karpenter copies it to the node when that registers. */
      readonly type: 'label-claim'
      readonly claim: ObservedClaim
    }
  | {
      /** Writes or removes the annotation kaito.sh/idle-since, so that the grace outlives the controller. */
      readonly type: 'mark-idle' | 'mark-busy'
      readonly claim: ObservedClaim
      readonly value: string | undefined
    }

/** RFC 6902 `test`: the patch fails as a whole where the value is another. */
export type TestOperation = {
  readonly op: 'test'
  readonly path: string
  readonly value: string
}

/** Why a pod has no node yet, or what its node is. */
export interface PodState {
  readonly podUid: string
  readonly workloadUid: string | undefined
  /** It has a node, or a pin on one that is ready (the pin of this plan counts). */
  readonly placed: boolean
  readonly reason: ClaimReason
  readonly message: string
  /** The instance types that are being tried. */
  readonly instanceTypes: readonly string[]
  /** Name of the policy that holds it. */
  readonly policy?: string
}

/** Said once in an Event, apart from what executing an action says. */
export interface Notice {
  readonly type: 'Normal' | 'Warning'
  readonly reason: ClaimReason
  readonly message: string
  readonly workloadUid: string | undefined
  readonly podUid?: string
}

/** Capacity that the provider has just refused; shared by all workloads, forgotten after a while. */
export interface Refusal {
  readonly instanceType: string
  /** Requirements that narrow it down (zone, capacity type), as canonical text. */
  readonly scope: string
  readonly untilMs: number
  readonly message: string
}

/** Attempts of one shape of pods of one workload. */
export interface Attempts {
  readonly count: number
  /** No new claim before. */
  readonly notBeforeMs: number
  readonly message: string
  /** Uids of the shape's claims that were there when it was counted, and whether their node was ready: no news of the next one. */
  readonly claims: ReadonlyMap<string, boolean>
}

/** A claim that the provider refused a moment ago: its Event may come later than its disappearance. */
export interface RefusedClaim {
  readonly uid: string
  readonly name: string
  readonly shape: string
  readonly workloadUid: string | undefined
  readonly instanceTypes: readonly string[]
  readonly scope: string
  readonly atMs: number
  /** The provider's words; undefined while there are none. */
  readonly words: string | undefined
  /** What was said of it in a notice; undefined: nothing yet. */
  readonly said: string | undefined
}

/** Machines of one type that did not take the pods of a shape that they were made for. */
export interface BoughtInVain {
  readonly shape: string
  /** Uids. */
  readonly claims: readonly string[]
  readonly lastSeenMs: number
}

/** Process memory of the planner. Losing it costs an attempt, never correctness. */
export interface Memory {
  readonly refusals: readonly Refusal[]
  /** By shape key. */
  readonly attempts: ReadonlyMap<string, Attempts>
  /** Claims that we asked to delete: their disappearance is no refusal. By uid. */
  readonly released: ReadonlySet<string>
  /** Claims that were refused within the last minute. */
  readonly refused: readonly RefusedClaim[]
  /** Keys of the notices about what lasts (no provisioner, …): each is given once while it lasts. */
  readonly standing: ReadonlySet<string>
  /** Since when gated pods have belonged to no workload, by uid. */
  readonly orphans: ReadonlyMap<string, number>
  /** By shape and instance type. */
  readonly boughtInVain: ReadonlyMap<string, BoughtInVain>
}

/** What flags and catalogue say. */
export interface Settings {
  readonly idleGraceMs: number
  readonly launchBudgetMs: number
  /** GPUs of an instance type of the catalogue, whatever the case of its name. */
  gpusOfType(name: string): number | undefined
  /** List price of an instance type of the catalogue for an hour; undefined: it has none. */
  readonly priceOfType: (name: string) => number | undefined
  /**
   * Whether a node whose instance type is not among the placement's will do all the same, by what its GPU labels say
   * (false for a type that the catalogue knows).
   */
  nodeSuits(node: ObservedNode, placement: PodPlacement): boolean
}

/** The answer to one observation. */
export interface ClaimPlan {
  readonly actions: readonly Action[]
  readonly pods: readonly PodState[]
  readonly notices: readonly Notice[]
  readonly memory: Memory
  /** Milliseconds from now; undefined: only a change can make a difference. */
  readonly requeueAfterMs: number | undefined
}

/** Of a leader that has just begun. */
export const EMPTY_MEMORY: Memory = {
  refusals: [],
  attempts: new Map(),
  released: new Set(),
  refused: [],
  standing: new Set(),
  orphans: new Map(),
  boughtInVain: new Map(),
}
