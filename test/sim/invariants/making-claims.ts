// Simulator: what must be so when a claim is made: there is a need, and nothing that could meet it.
import { controllerOf, isLeaving, type Claim } from '../api/objects.ts'
import { gpusOf } from '../actors/scheduler.ts'
import { instanceType } from '../scenario/instance-types.ts'
import { placementOf, type Checked, type OwnChange, type Placement } from './check.ts'
import { isReadyClaim, isUsable, nodeOf, pinOf, type PodRecord } from './history.ts'

const TYPE = 'node.kubernetes.io/instance-type'
const ZONE = 'topology.kubernetes.io/zone'
/** creationTimestamp has whole seconds only. */
export const ROUNDING_MS = 1000

export function checkCreation(checked: Checked, own: OwnChange): void {
  const { history, violate } = checked
  const claim = own.change.object as Claim
  const uid = workloadOf(claim)
  if (history.plannedUntilMs(uid) < own.viewMs)
    return violate('no claim without a living need', `${claim.metadata.name}: its workload is gone`)
  const waiting = [...history.pods.values()].filter(record => isWaiting(record, own.viewMs))
  const isGroup = waiting.some(({ pod }) => isForGroup(placementOf(pod)))
  const spec = checked.scenario.workloads.find(({ name }) => claimsFor(claim, name))
  if (spec?.kind === 'Group') return checkGroupClaims(checked, own, claim, spec.replicas)
  if (isGroup) return
  checkNeed(checked, own, claim, waiting)
}

/**
 * Whether every pod of the workload had room elsewhere, even if the pods of all others took it first and every pod were as
 * large as the largest: how well pods of many sizes are packed is another question.
 */
function checkNeed(checked: Checked, own: OwnChange, made: Claim, waiting: readonly PodRecord[]): void {
  const ours = waiting.filter(({ pod }) => isPodOf(pod, made))
  const gpus = Math.max(1, ...waiting.map(({ pod }) => gpusOf(pod)))
  const suitable = slotsOf(checked, own, made).filter(slot => ours.every(({ pod }) => suits(slot, pod)))
  const places = suitable.reduce((sum, slot) => sum + Math.max(0, Math.floor(slot.gpus / gpus)), 0)
  if (ours.length > 0 && places < waiting.length) return
  const room = suitable.map(slot => `${slot.name} (${slot.gpus})`).join(', ')
  const names = ours.map(({ pod }) => pod.metadata.name).join(', ')
  checked.violate('never two claims for one need', `${made.metadata.name} for ${names}, with room in ${room}`)
}

function isPodOf({ metadata }: PodRecord['pod'], claim: Claim): boolean {
  const { labels = {} } = claim.metadata
  return (
    metadata.labels?.['kaito.sh/workload'] === labels['kaito.sh/workload'] &&
    metadata.namespace === labels['kaito.sh/workload-namespace']
  )
}

function claimsFor({ metadata }: Claim, name: string): boolean {
  return (metadata.labels?.['kaito.sh/workload'] ?? '').endsWith(`-${name}`)
}

function workloadOf({ metadata }: Claim): string {
  return metadata.labels?.['kaito.sh/workload-uid'] ?? ''
}

function isForGroup(placement: Placement | undefined): boolean {
  return (placement?.nodesPerReplica ?? 1) > 1
}

function isWaiting({ demandedAtMs, demandEndedAtMs = Infinity }: PodRecord, viewMs: number): boolean {
  return demandedAtMs !== undefined && demandEndedAtMs > viewMs
}

/** As many claims of one type as there are nodes in the replica, those that are lost or in foreign hands aside. */
function checkGroupClaims(checked: Checked, own: OwnChange, made: Claim, nodes: number): void {
  const { api, history, violate } = checked
  const alike = api.all('nodeclaims').filter(claim => {
    if (isLeaving(claim) || workloadOf(claim) !== workloadOf(made) || typesOf(claim)[0] !== typesOf(made)[0])
      return false
    if (shapeOf(claim) !== shapeOf(made)) return false
    return claim === made || (isSound(checked, own, claim) && !hasStrangers(history.pods, claim, own.viewMs))
  })
  if (alike.length > nodes)
    violate('never two claims for one need', `${alike.length} claims for the ${nodes} nodes of a replica`)
}

/** As the process had to see it: who has gone since is still there. */
function hasStrangers(pods: Checked['history']['pods'], claim: Claim, viewMs: number): boolean {
  const { status, metadata } = claim
  return [...pods.values()].some(
    ({ pod, goneAtMs = Infinity }) =>
      goneAtMs > viewMs &&
      (placeOf(pod) === status.nodeName || pinOf(pod) === metadata.name) &&
      (controllerOf(pod)?.uid !== workloadOf(claim) || isLeaving(pod)) &&
      controllerOf(pod)?.kind !== 'DaemonSet',
  )
}

/** Nobody could doubt by then that it is, or will be, of use. */
function isSound(checked: Checked, own: OwnChange, claim: Claim): boolean {
  const { api, history, scenario } = checked
  const nowMs = own.change.atMs
  if (isLeaving(claim) || !isKnown(checked, own, claim)) return false
  const budgetMs = scenario.launchBudgetMs - 2 * ROUNDING_MS
  const isInTime = nowMs < Date.parse(claim.metadata.creationTimestamp) + budgetMs
  const node = nodeOf(api, claim)
  if (node === undefined) return claim.status.nodeName === undefined && isInTime
  if (!isReadyClaim(claim)) return isInTime && node.spec.unschedulable !== true
  return isUsable(node) && history.usableSinceMs(node.metadata.name) <= own.viewMs
}

/**
 * Of the same shape whoever has made it, and however lately: that is what names that follow from the need are for. Of another
 * shape where the process has made it itself for the same types and zone, in the same turn too: which comes first then makes no
 * difference.
 */
function isKnown({ history }: Checked, { viewMs, change, call }: OwnChange, claim: Claim): boolean {
  const made = change.object as Claim
  if (Date.parse(claim.metadata.creationTimestamp) + ROUNDING_MS <= viewMs) return true
  const isOwn = history.makerOf(claim) === call.processName
  const isAlike = requirementsOf(claim) === requirementsOf(made)
  return (isOwn && isAlike) || shapeOf(claim) === shapeOf(made)
}

/** Pods of one may be without a wish that those of the other have: then only one order would do with one claim. */
function requirementsOf(claim: Claim): string {
  const [zone] = claim.spec.requirements.find(({ key }) => key === ZONE)?.values ?? []
  return `${requiredTypesOf(claim).join()} ${zone ?? ''}`
}

function shapeOf({ metadata }: Claim): string | undefined {
  return metadata.annotations?.['kaito.sh/shape']
}

interface Slot {
  readonly name: string
  readonly types: readonly string[]
  readonly zone: string | undefined
  readonly gpus: number
}

/** Claims on their way and nodes that are ready, with what the process had to think free on them. */
function slotsOf(checked: Checked, own: OwnChange, made: Claim): readonly Slot[] {
  const { api, history } = checked
  const claims = api
    .all('nodeclaims')
    .filter(claim => claim !== made && isSound(checked, own, claim) && !isGroups(checked, claim))
    .map(claim => {
      const { name } = claim.metadata
      const types = knownTypesOf(checked, own, claim)
      const taken = takenOn(history.pods, own.viewMs, name, claim.status.nodeName)
      return { name, types, zone: knownZoneOf(checked, own, claim), gpus: gpusOfTypes(types) - taken }
    })
  const nodes = api
    .all('nodes')
    .filter(({ metadata }) => metadata.labels?.['kaito.sh/claim'] === undefined)
    .filter(node => isUsable(node) && history.usableSinceMs(node.metadata.name) <= own.viewMs)
    .map(({ metadata: { name, labels = {} } }) => ({
      name,
      types: [labels[TYPE] ?? ''],
      zone: labels[ZONE],
      gpus: gpusOfTypes([labels[TYPE] ?? '']) - takenOn(history.pods, own.viewMs, name, name),
    }))
  return [...claims, ...nodes]
}

export function isGroups({ scenario }: Checked, claim: Claim): boolean {
  return scenario.workloads.some(({ kind, name }) => kind === 'Group' && claimsFor(claim, name))
}

function takenOn(
  pods: Checked['history']['pods'],
  viewMs: number,
  pin: string,
  nodeName: string | undefined,
): number {
  let taken = 0
  for (const { pod, goneAtMs = Infinity } of pods.values()) {
    const isThere = placeOf(pod) === undefined ? pinOf(pod) === pin : placeOf(pod) === nodeName
    if (isThere && goneAtMs > viewMs) taken += gpusOf(pod)
  }
  return taken
}

/** Where it is, or will be once kube-scheduler has cleared its node. */
function placeOf({ spec, status }: PodRecord['pod']): string | undefined {
  return spec.nodeName ?? status.nominatedNodeName
}

/** As the process had to see it: before it has heard of the launch it may become any of its types. */
function knownTypesOf({ history }: Checked, { viewMs }: OwnChange, claim: Claim): readonly string[] {
  return history.launchedMs(claim) <= viewMs ? typesOf(claim) : requiredTypesOf(claim)
}

function requiredTypesOf({ spec }: Claim): readonly string[] {
  return spec.requirements.find(({ key }) => key === TYPE)?.values ?? []
}

function typesOf(claim: Claim): readonly string[] {
  const launched = claim.metadata.labels?.[TYPE]
  return launched === undefined ? requiredTypesOf(claim) : [launched]
}

function knownZoneOf({ history }: Checked, { viewMs }: OwnChange, claim: Claim): string | undefined {
  const required = claim.spec.requirements.find(({ key }) => key === ZONE)?.values?.[0]
  return history.launchedMs(claim) <= viewMs ? (claim.metadata.labels?.[ZONE] ?? required) : required
}

function gpusOfTypes(types: readonly string[]): number {
  return Math.min(...types.map(name => instanceType(name)?.gpus ?? 0))
}

function suits({ types, zone }: Slot, pod: PodRecord['pod']): boolean {
  const { instanceTypes = [] } = placementOf(pod) ?? {}
  const wanted = pod.spec.nodeSelector?.[ZONE]
  return types.every(type => instanceTypes.includes(type)) && (wanted === undefined || zone === wanted)
}
