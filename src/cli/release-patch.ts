// Pipeline: cli. The JSON Patch by which a person opens kaito-native's gate: of no other gate, and with the tolerations that
// the controller would have added. The pod gets no pin: kube-scheduler takes any node that fits.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import { tolerationOperations } from '../core/claim/open-gate.ts'
import { GATE_NAME } from '../core/template/steps/gate.ts'

/** Names of the pod's scheduling gates. */
function gatesOf(pod: JsonObject): readonly string[] {
  return listAt(objectAt(pod, 'spec'), 'schedulingGates').map(gate =>
    isObject(gate) ? (stringAt(gate, 'name') ?? '') : '',
  )
}

/** Gates of others. */
export function otherGatesOf(pod: JsonObject): readonly string[] {
  return gatesOf(pod).filter(name => name !== GATE_NAME)
}

/** True where the pod waits for kaito-native. */
export function isHeld(pod: JsonObject): boolean {
  return gatesOf(pod).includes(GATE_NAME)
}

/** It fails as a whole where the pod has changed since, so that no other gate is ever removed. */
export function releaseOperations(pod: JsonObject): readonly JsonObject[] {
  const path = `/spec/schedulingGates/${gatesOf(pod).indexOf(GATE_NAME)}`
  const resourceVersion = stringAt(objectAt(pod, 'metadata'), 'resourceVersion') ?? ''
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'test', path: `${path}/name`, value: GATE_NAME },
    ...tolerationOperations(listAt(objectAt(pod, 'spec'), 'tolerations')),
    { op: 'remove', path },
  ]
}
