// Simulator: every write of a controller process, sorted by what it is; what is not foreseen is forbidden.
import { canonicalJson, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import { controllerOf, isLeaving, isTrue, type AnyObject, type Pod } from '../api/objects.ts'
import { checkBinding } from './binding.ts'
import { placementOf, type Checked, type OwnChange } from './check.ts'
import { checkDeletion, checkIdleMark } from './giving-back.ts'
import { checkCreation } from './making-claims.ts'
import { hasGate } from './history.ts'

export function checkWrite(checked: Checked, own: OwnChange): void {
  const { resource, type, object, previous } = own.change
  switch (resource) {
    case 'pods':
      return checkPod(checked, own)
    case 'nodeclaims':
      if (type === 'ADDED') return checkCreation(checked, own)
      if (previous !== undefined && isLeaving(previous)) return
      if (type === 'DELETED' || isLeaving(object)) return checkDeletion(checked, own)
      if (isNewlyIdle(own)) return checkIdleMark(checked, own)
      return
    case 'services':
      return checkService(checked, own)
    case 'deployments':
    case 'statefulsets':
    case 'jobs':
    case 'presetpolicies':
      return checkStatus(checked, own)
    case 'nodes':
    case 'replicasets':
    case 'controllerrevisions':
    case 'events':
    case 'poddisruptionbudgets':
      return checked.violate('only what is ours', `${type} ${resource} ${object.metadata.name}`)
  }
}

const IDLE = 'kaito.sh/idle-since'

function isNewlyIdle({ change: { object, previous } }: OwnChange): boolean {
  return (
    object.metadata.annotations?.[IDLE] !== undefined && previous?.metadata.annotations?.[IDLE] === undefined
  )
}

function checkPod(checked: Checked, own: OwnChange): void {
  const { change, viewMs } = own
  const [before, pod] = [change.previous as Pod, change.object as Pod]
  const { violate, history } = checked
  const { name } = pod.metadata
  const placement = placementOf(pod)
  if (placement === undefined || controllerOf(pod) === undefined)
    return violate('a foreign pod is never disturbed', `${change.type} ${name}`)
  if (hasGate(before) && !hasGate(pod)) return checkBinding(checked, own)
  if (!isTrue(pod, 'DisruptionTarget')) return violate('pods are only evicted', `${change.type} ${name}`)
  const { boundAtMs = Infinity } = history.pods.get(pod.metadata.uid) ?? {}
  if (boundAtMs <= viewMs && placement.nodesPerReplica < 2)
    violate('no pod that has its node is evicted', `${name} on ${pod.spec.nodeName ?? ''}`)
}

/** Only what its workload owns. */
function checkService({ violate }: Checked, { change }: OwnChange): void {
  const { object, type } = change
  if (controllerOf(object) === undefined)
    violate('only what is ours', `${type} Service ${object.metadata.name}`)
}

function checkStatus({ violate }: Checked, { change }: OwnChange): void {
  const isSame = change.previous !== undefined && textOf(change.object) === textOf(change.previous)
  if (change.type !== 'MODIFIED' || !isSame)
    violate('only what is ours', `${change.type} ${change.resource} ${change.object.metadata.name}`)
}

/** All but the status and the version. */
function textOf(object: AnyObject): string {
  const { status: _, ...rest } = object as unknown as Record<string, Json>
  const metadata = { ...(rest['metadata'] as JsonObject), resourceVersion: '', generation: 0 }
  return canonicalJson({ ...rest, metadata })
}
