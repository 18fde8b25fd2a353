// Simulator: what is not yet as it should be. Empty: every pod that is wanted is ready, every workload says so, and no claim
// is there that nobody needs.
import { isOver } from '../actors/jobs.ts'
import { isActive, isReadyPod, podsOf } from '../actors/pods.ts'
import type { Machines } from '../actors/machines.ts'
import type { ApiServer } from '../api/api-server.ts'
import {
  controllerOf,
  isLeaving,
  isTrue,
  keyOf,
  type Claim,
  type Pod,
  type Workload,
} from '../api/objects.ts'

export function unfinished(api: ApiServer, machines: Machines): readonly string[] {
  return [
    ...(['deployments', 'statefulsets', 'jobs'] as const).flatMap(resource =>
      api.all(resource).flatMap(workload => unfinishedWorkload(api, workload)),
    ),
    ...api.all('nodeclaims').flatMap(claim => unfinishedClaim(api, claim)),
    ...api
      .all('nodes')
      .flatMap(({ metadata: { name } }) => (machines.isAlive(name) ? [] : [`node ${name} is dead`])),
    ...api.all('pods').flatMap(pod => (isLeaving(pod) ? [`pod ${keyOf(pod)} is leaving`] : [])),
  ]
}

export function isAnnotated({ metadata }: Workload): boolean {
  return metadata.annotations?.['kaito.sh/preset'] !== undefined
}

function unfinishedWorkload(api: ApiServer, workload: Workload): readonly string[] {
  const name = `${workload.kind} ${keyOf(workload)}`
  if (isLeaving(workload)) return [`${name} is leaving`]
  if (!isAnnotated(workload)) return unfinishedFormer(api, workload, name)
  if (workload.kind === 'Job') return unfinishedJob(workload, name)
  const { replicas = 1 } = workload.spec
  const sets = api.all('replicasets').filter(set => controllerOf(set)?.uid === workload.metadata.uid)
  const pods = [workload, ...sets].flatMap(owner => podsOf(api, owner.metadata.uid)).filter(isActive)
  const ready = pods.filter(isReadyPod).length
  if (pods.length !== replicas || ready !== replicas)
    return [
      `${name}: ${ready} of ${replicas} ready, ${pods.length} pods (${pods.map(describePod).join(', ')})`,
    ]
  if (isOutdated(workload, pods)) return [`${name}: pods of an older revision`]
  if (!isTrue(workload, 'kaito.sh/Ready'))
    return [`${name} is not Ready: ${JSON.stringify(workload.status.conditions)}`]
  const { namespace, name: service } = workload.metadata
  return api.find('services', { namespace, name: service }) === undefined ? [`${name} has no Service`] : []
}

/** One that is not ours any more: our conditions go, and its node is given back when its Job has ended. */
function unfinishedFormer(api: ApiServer, workload: Workload, name: string): readonly string[] {
  if (workload.status.conditions?.some(({ type }) => type.startsWith('kaito.sh/')) === true)
    return [`${name} still has conditions`]
  const runs = podsOf(api, workload.metadata.uid).some(
    pod => pod.spec.nodeName !== undefined && isActive(pod),
  )
  return workload.kind === 'Job' && runs ? [`${name} still runs`] : []
}

function isOutdated({ spec }: Workload, pods: readonly Pod[]): boolean {
  const image = spec.template.spec.containers[0]?.image
  return pods.some(pod => pod.spec.containers[0]?.image !== image)
}

function unfinishedJob(job: Workload, name: string): readonly string[] {
  if (job.spec.suspend === true) return []
  if (!isOver(job)) return [`${name} is not complete`]
  const ready = isTrue(job, 'kaito.sh/Ready')
  return ready === isTrue(job, 'Complete') ? [] : [`${name}: Ready is ${ready}`]
}

function describePod(pod: Pod): string {
  const gates = (pod.spec.schedulingGates ?? []).map(({ name }) => name).join('+')
  return `${keyOf(pod)} ${gates === '' ? (pod.spec.nodeName ?? 'not scheduled') : gates}`
}

function unfinishedClaim(api: ApiServer, claim: Claim): readonly string[] {
  const { name } = claim.metadata
  if (isLeaving(claim)) return [`claim ${name} is leaving`]
  return isUsed(api, claim) ? [] : [`claim ${name} is kept and nobody uses it`]
}

/** Pods on its node or pinned to it, DaemonSets aside. */
export function isUsed(api: ApiServer, { metadata, status }: Claim): boolean {
  return api.all('pods').some(pod => {
    if (!isPresent(pod)) return false
    const { nodeName, nodeSelector } = pod.spec
    return nodeName === undefined
      ? nodeSelector?.['kaito.sh/claim'] === metadata.name
      : nodeName === status.nodeName
  })
}

/** It takes room, and would be missed. */
export function isPresent(pod: Pod): boolean {
  return (
    pod.status.phase !== 'Succeeded' &&
    pod.status.phase !== 'Failed' &&
    controllerOf(pod)?.kind !== 'DaemonSet'
  )
}
