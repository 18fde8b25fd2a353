// Pipeline: status. One workload as `kaito-native status` shows it: KAITO's columns and what they cost.
import { formatTime } from '../api/format-time.ts'
import type { ObservedPod, ObservedWorkload } from '../workload/observed.ts'
import { conditionOf, READY, RESOURCE_READY, workReady } from './conditions.ts'

/** A claim, as far as it is shown. */
export interface ClaimRow {
  readonly name: string
  readonly instanceType?: string
  /** Absent: under way. */
  readonly nodeName?: string
}

/** What `-o json` prints of a workload. */
export interface StatusRow {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly preset: string
  /** Of the nodes in use; before there are any, the first of the plan's. */
  readonly instanceTypes: readonly string[]
  readonly resourceReady: ConditionStatus
  /** InferenceReady, or for a tuning Job TuningReady. */
  readonly inferenceReady: ConditionStatus
  readonly workspaceReady: ConditionStatus
  /** Why it is not ready; empty when it is. */
  readonly reason: string
  readonly message: string
  readonly pods: { readonly wanted: number; readonly ready: number }
  /** Names of the nodes on which its pods run, or that were claimed for it. */
  readonly nodes: readonly string[]
  readonly claims: readonly ClaimRow[]
  /** Of its pods that have a node. */
  readonly gpus: number
  /** List price of its claims in USD; absent: a price is not known, or there is nothing claimed. */
  readonly costPerHour?: number
  /** RFC 3339. */
  readonly createdAt: string
}

/** Unknown: the condition is not there, or somebody wrote something else. */
export type ConditionStatus = 'True' | 'False' | 'Unknown'

/** What a row is made of. */
export interface StatusInput {
  readonly workload: ObservedWorkload
  /** Those that have not ended. */
  readonly pods: readonly ObservedPod[]
  /** Those that were made for it, or that its pods run on. */
  readonly claims: readonly ClaimRow[]
  /** By the node's name, of existing nodes too. */
  readonly nodeTypes: ReadonlyMap<string, string>
  /** List price of an hour. */
  readonly priceOf: (instanceType: string) => number | undefined
}

/** The row. */
export function statusRow({ workload, pods, claims, nodeTypes, priceOf }: StatusInput): StatusRow {
  const { namespace, kind, name, preset, gpusPerPod, replicas, createdAtMs } = workload
  const alive = pods.filter(({ deletedAtMs }) => deletedAtMs === undefined)
  const running = pods.flatMap(({ nodeName }) => nodeName ?? [])
  const nodes = unique([...running, ...claims.flatMap(({ nodeName }) => nodeName ?? [])])
  const costPerHour = costOf(claims, priceOf)
  return {
    namespace,
    kind,
    name,
    preset,
    instanceTypes: typesInUse(workload, nodes, claims, nodeTypes),
    resourceReady: statusOf(workload, RESOURCE_READY),
    inferenceReady: statusOf(workload, workReady(workload)),
    workspaceReady: statusOf(workload, READY),
    ...whyNotReady(workload),
    pods: { wanted: replicas, ready: alive.filter(({ ready }) => ready).length },
    nodes,
    claims,
    gpus: running.length * gpusPerPod,
    ...(costPerHour === undefined ? {} : { costPerHour }),
    createdAt: formatTime(createdAtMs),
  }
}

function statusOf({ conditions }: ObservedWorkload, type: string): ConditionStatus {
  const status = conditionOf(conditions, type)?.status
  return status === 'True' || status === 'False' ? status : 'Unknown'
}

/** The first condition that is not True: nodes come before pods. */
function whyNotReady(workload: ObservedWorkload): Pick<StatusRow, 'reason' | 'message'> {
  const types = [RESOURCE_READY, workReady(workload), READY]
  if (types.every(type => statusOf(workload, type) === 'True')) return { reason: '', message: '' }
  const found = types.map(type => conditionOf(workload.conditions, type))
  const why = found.find(condition => condition !== undefined && condition.status !== 'True')
  return why === undefined
    ? { reason: 'Unknown', message: 'the controller has not looked at it yet' }
    : { reason: why.reason, message: why.message }
}

function typesInUse(
  { instanceTypes }: ObservedWorkload,
  nodes: readonly string[],
  claims: readonly ClaimRow[],
  nodeTypes: ReadonlyMap<string, string>,
): readonly string[] {
  const ofNodes = nodes.map(name => nodeTypes.get(name))
  const known = [...ofNodes, ...claims.map(({ instanceType }) => instanceType)]
  const used = unique(known.filter(type => type !== undefined && type !== ''))
  return used.length > 0 ? used : instanceTypes.slice(0, 1)
}

function costOf(claims: readonly ClaimRow[], priceOf: StatusInput['priceOf']): number | undefined {
  const prices = claims.map(({ instanceType }) =>
    instanceType === undefined ? undefined : priceOf(instanceType),
  )
  const known = prices.filter(price => price !== undefined)
  if (known.length === 0 || known.length < prices.length) return undefined
  return Math.round(known.reduce((sum, price) => sum + price, 0) * 1000) / 1000
}

function unique(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter(value => value !== undefined))].toSorted()
}
