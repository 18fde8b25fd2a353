// Pipeline: status. kaito.sh/ResourceReady out of what the planner says of each pod. Many pods and many steps become one
// sentence that changes only when there is something new to know: three writes bring a workload from nothing to Ready.
import { compareText } from '../api/compare-text.ts'
import type { ObservedCondition, ObservedWorkload } from '../workload/observed.ts'
import { conditionOf, RESOURCE_READY, type DesiredCondition } from './conditions.ts'

/** What is known of the node of one pod. */
export interface PodProgress {
  /** It has a node, or a pin on one that is ready. */
  readonly placed: boolean
  readonly reason: string
  readonly message: string
}

/** The pods of one workload that are not on their way out. */
export interface WorkloadPods {
  readonly states: readonly PodProgress[]
  /** How many of them are ready. */
  readonly ready: number
  /** What the provider last refused of this workload, in its words, while another attempt is under way. */
  readonly refusal?: string
}

/** Claim under way, nothing wrong: its steps (launched, registered, initialised) are in Events and on the claim. */
const PROGRESS: ReadonlySet<string> = new Set([
  'TrainingConfigUnread',
  'WaitingForNode',
  'WaitingForGroup',
  'ClaimCreated',
  'NodeAssigned',
])
/** Worst first, because people must do something about it; a reason that is not named comes next, progress last. */
const WORST_FIRST: readonly string[] = [
  'TrainingConfigInvalid',
  'NodeClassMissing',
  'NoProvisioner',
  'PlacementInvalid',
  'NotPlanned',
  'Unsatisfiable',
  'WaitingForCapacity',
  'CapacityRefused',
  'LaunchTimedOut',
  'QuotaExceeded',
  'PolicyRefused',
]
/** What the provider refused stays to be read while the next attempt runs, so that back-off does not make it come and go. */
const OUTLASTS_PROGRESS: ReadonlySet<string> = new Set([
  'WaitingForCapacity',
  'CapacityRefused',
  'LaunchTimedOut',
])

const MESSAGE_CHARACTERS = 1024
const TYPES_SHOWN = 3

/** The condition, unless the workload's replicas are zero or it is a Job that has ended (desired-conditions.ts). */
export function desiredResourceCondition(
  workload: ObservedWorkload,
  pods: WorkloadPods,
  own: readonly ObservedCondition[],
): DesiredCondition {
  const current = conditionOf(own, RESOURCE_READY)
  const waiting = pods.states.filter(({ placed }) => !placed)
  if (waiting.length > 0) return sticking(worst(workload, waiting, pods.refusal), current)
  // A pod that its controller has yet to make lacks no node: between two pods of a Job nothing changes.
  const areAllMade = pods.states.length >= workload.replicas
  if (areAllMade || current?.status === 'True')
    return resource('True', 'NodesReady', 'every pod has its node')
  return sticking(progress(workload, pods.refusal), current)
}

function worst(
  workload: ObservedWorkload,
  waiting: readonly PodProgress[],
  refusal: string | undefined,
): DesiredCondition {
  const [first] = waiting
    .filter(({ reason }) => !PROGRESS.has(reason))
    .toSorted((a, b) => rank(a.reason) - rank(b.reason) || compareText(a.message, b.message))
  return first === undefined ? progress(workload, refusal) : resource('False', first.reason, first.message)
}

function rank(reason: string): number {
  const at = WORST_FIRST.indexOf(reason)
  return at < 0 ? WORST_FIRST.length : at
}

/** The same sentence before the first pod is made and until its node is ready. */
function progress({ instanceTypes }: ObservedWorkload, refusal: string | undefined): DesiredCondition {
  if (refusal !== undefined) return resource('False', 'CapacityRefused', refusal)
  const shown = instanceTypes.slice(0, TYPES_SHOWN).join(', ')
  const more = instanceTypes.length > TYPES_SHOWN ? ', …' : ''
  return resource('False', 'WaitingForNode', `waiting for a node: ${shown}${more}`)
}

function sticking(desired: DesiredCondition, current: ObservedCondition | undefined): DesiredCondition {
  const { reason = '', message = '', status } = current ?? {}
  return desired.reason === 'WaitingForNode' && status === 'False' && OUTLASTS_PROGRESS.has(reason)
    ? resource('False', reason, message)
    : desired
}

function resource(status: DesiredCondition['status'], reason: string, message: string): DesiredCondition {
  return { type: RESOURCE_READY, status, reason, message: message.slice(0, MESSAGE_CHARACTERS) }
}
