// Pipeline: claim. Which waiting pods the platform teams' Deny policies let go now. What is open already counts first, then
// pods that claims under way were made for, then the oldest: the same picture always gives the same choice, so that a pod
// which was chosen once is chosen again until its gate is open, and no order of news exceeds a limit.
//
// | limit                  | counts here                                                        |
// |------------------------|--------------------------------------------------------------------|
// | gpus                   | GPUs of open pods of the namespace that have not ended             |
// | gpusPerWorkload        | the same of one workload                                           |
// | gpusPerPod             | the pod                                                            |
// | nodes, costPerHour     | where claims are made: budget.ts                                   |
import { GPU } from '../api/resources.ts'
import type { PresetPolicy } from '../policy/preset-policy.ts'
import type { ObservedPod, ObservedWorkload } from '../workload/observed.ts'
import { GATE_NAME } from '../template/steps/gate.ts'
import { shapeOfClaim } from './claim-state.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import type { DemandedPod, OwnedPod, SortedPods } from './demand.ts'
import { denyingPolicies, heldBy } from './policies.ts'
import { resolveWorkload } from './resolve-workload.ts'
import { sayOnce, sayState, type Sentence, type Turn } from './turn.ts'

/** Pods that are let go together or not at all. */
interface Unit {
  readonly pods: readonly ObservedPod[]
  readonly workload: ObservedWorkload
  readonly gpus: number
  /** A claim was made for it. */
  readonly isUnderWay: boolean
}

/** What is used of the limits, in this turn's picture and by its decisions. */
interface Used {
  readonly gpusOfNamespace: Map<string, number>
  readonly gpusOfWorkload: Map<string, number>
}

/** The pods without those that must wait; of each of these its state, and once for its workload an Event, says why. */
export function withinQuotas(turn: Turn, pods: SortedPods): SortedPods {
  const waiting = [...pods.demanded.map(({ pod }) => pod), ...pods.unclaimed.map(({ pod }) => pod)]
  if (!waiting.some(({ namespace }) => hasGpuLimits(denyingPolicies(turn, namespace)))) return pods
  const used = usedGpus(turn)
  const held = new Set<string>()
  for (const unit of unitsOf(turn, pods)) {
    const reason = refusalOf(turn, unit, used)
    if (reason === undefined) use(used, unit.workload, unit.gpus)
    else for (const pod of unit.pods) held.add(hold(turn, pod, unit.workload, reason))
  }
  return {
    ...pods,
    demanded: pods.demanded.filter(({ pod }) => !held.has(pod.uid)),
    unclaimed: pods.unclaimed.filter(({ pod }) => !held.has(pod.uid)),
  }
}

function hasGpuLimits(policies: readonly PresetPolicy[]): boolean {
  return policies.some(
    ({ limits: { gpus, gpusPerPod, gpusPerWorkload } }) =>
      gpus !== undefined || gpusPerPod !== undefined || gpusPerWorkload !== undefined,
  )
}

/** Says so; the pod's uid. */
function hold(turn: Turn, pod: ObservedPod, workload: ObservedWorkload, sentence: Sentence): string {
  const { reason, message } = sentence
  sayState(turn, pod, workload.uid, sentence)
  sayOnce(turn, { type: 'Warning', reason, message, workloadUid: workload.uid })
  return pod.uid
}

function usedGpus(turn: Turn): Used {
  const used = { gpusOfNamespace: new Map<string, number>(), gpusOfWorkload: new Map<string, number>() }
  for (const pod of turn.observation.pods) {
    if (pod.gates.includes(GATE_NAME)) continue
    const workload = resolveWorkload(pod, turn.observation)
    add(used.gpusOfNamespace, pod.namespace, gpusOf(pod))
    if (workload !== undefined) add(used.gpusOfWorkload, workload.uid, gpusOf(pod))
  }
  return used
}

function use(used: Used, { namespace, uid }: ObservedWorkload, gpus: number): void {
  add(used.gpusOfNamespace, namespace, gpus)
  add(used.gpusOfWorkload, uid, gpus)
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount)
}

/**
 * GPUs that kube-scheduler reserves for it, or those that it gets a node for: templates of ReplicaSets are nobody's to review,
 * and a container that asks for no GPU may see all of its node's.
 */
export function gpusOf({ requests, placement }: Pick<ObservedPod, 'requests' | 'placement'>): number {
  return Math.max(requests[GPU] ?? 0, placement?.gpusPerPod ?? 0)
}

/** In the order in which they are let go; within one rank as they were sorted, by age. */
function unitsOf(turn: Turn, { demanded, unclaimed }: SortedPods): readonly Unit[] {
  const underWay = countUnderWay(turn)
  const grouped = demanded.filter(isGrouped)
  const units = [
    ...demanded.filter(one => !isGrouped(one)).map(one => unitOf([one], underWay)),
    ...Map.groupBy(grouped, ({ shape }) => shape.workload.uid)
      .values()
      .map(pods => unitOf(pods, underWay)),
    ...unclaimed.map(unclaimedUnit),
  ].filter(unit => unit !== undefined)
  return units.toSorted(
    (left, right) => Number(right.isUnderWay) - Number(left.isUnderWay) || bornMs(left) - bornMs(right),
  )
}

function isGrouped({ shape }: DemandedPod): boolean {
  return shape.placement.nodesPerReplica > 1
}

function bornMs({ pods }: Unit): number {
  return Math.min(...pods.map(({ createdAtMs }) => createdAtMs))
}

function unitOf(demanded: readonly DemandedPod[], underWay: Map<string, number>): Unit | undefined {
  const [first] = demanded
  if (first === undefined) return undefined
  const pods = demanded.map(({ pod }) => pod)
  const gpus = pods.reduce((sum, pod) => sum + gpusOf(pod), 0)
  const left = underWay.get(first.shape.key) ?? 0
  underWay.set(first.shape.key, left - gpus)
  return { pods, workload: first.shape.workload, gpus, isUnderWay: left >= gpus && gpus > 0 }
}

function unclaimedUnit({ pod, workload }: OwnedPod): Unit {
  return { pods: [pod], workload, gpus: gpusOf(pod), isUnderWay: false }
}

/** GPUs of claims that no open pod has been pinned to, by the shape of the pods that they were made for. */
function countUnderWay({ observation }: Turn): Map<string, number> {
  const pinned = new Map<string, number>()
  for (const pod of observation.pods)
    if (!pod.gates.includes(GATE_NAME)) add(pinned, pod.nodeSelector[CLAIM_LABEL] ?? '', gpusOf(pod))
  const counts = new Map<string, number>()
  for (const claim of observation.claims) {
    const left = (claim.requests[GPU] ?? 0) - (pinned.get(claim.name) ?? 0)
    if (claim.deletedAtMs === undefined && left > 0) add(counts, shapeOfClaim(claim), left)
  }
  return counts
}

function gpuText(gpus: number): string {
  return `${gpus} GPU${gpus === 1 ? '' : 's'}`
}

/** What is used besides stands in the policy's status: a message that counts along would be written again and again. */
function refusalOf(turn: Turn, { pods, workload, gpus }: Unit, used: Used): Sentence | undefined {
  const { namespace, uid } = workload
  const ofPod = Math.max(...pods.map(gpusOf))
  const what =
    pods.length === 1 ? `this pod's ${gpuText(gpus)}` : `the ${gpuText(gpus)} of its ${pods.length} pods`
  for (const policy of denyingPolicies(turn, namespace)) {
    const { gpusPerPod, gpusPerWorkload, gpus: limit } = policy.limits
    const exceeded = (field: string, most: number, where: string) =>
      heldBy(policy, 'QuotaExceeded', `${what} would exceed limits.${field}, which is ${most}${where}`)
    if (gpusPerPod !== undefined && ofPod > gpusPerPod) return exceeded('gpusPerPod', gpusPerPod, '')
    if (gpusPerWorkload !== undefined && (used.gpusOfWorkload.get(uid) ?? 0) + gpus > gpusPerWorkload)
      return exceeded('gpusPerWorkload', gpusPerWorkload, '')
    if (limit !== undefined && (used.gpusOfNamespace.get(namespace) ?? 0) + gpus > limit)
      return exceeded('gpus', limit, ` in namespace ${namespace}`)
  }
  return undefined
}
