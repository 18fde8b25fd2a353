// Pipeline: admit. One replica over several nodes is one whole StatefulSet: what must be so for its pods to find each
// other, and what the API server lets nobody set right later.
import type { FieldError } from '../api/field-error.ts'
import { objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import { POD_MANAGEMENT_POLICY } from '../template/steps/group.ts'
import type { Subject } from './subject.ts'

/** Every mistake in a StatefulSet that a new plan spreads over `nodes` nodes. */
export function groupErrors(subject: Subject, nodes: number): readonly FieldError[] {
  if (nodes === 1) return []
  const { operation, object, oldObject } = subject
  return [
    ...nameErrors(object),
    ...replicaErrors(object, nodes),
    ...(operation === 'UPDATE' ? immutableErrors(oldObject, nodes) : []),
  ]
}

/** The same for a plan that stands: `kubectl scale` asks nobody, and what it did holds up no other change. */
export function keptGroupErrors({ object, oldObject }: Subject, nodes: number): readonly FieldError[] {
  const isTouched = replicasOf(object) !== replicasOf(oldObject)
  return nodes > 1 && isTouched ? replicaErrors(object, nodes) : []
}

function replicasOf(object: JsonObject | undefined): Json {
  return objectAt(object, 'spec')['replicas'] ?? 1
}

function replicaErrors(object: JsonObject, nodes: number): readonly FieldError[] {
  const replicas = replicasOf(object)
  if (replicas === nodes) return []
  const detail = `must be ${nodes}: the pods of this StatefulSet are one replica over ${nodes} nodes`
  const value = JSON.stringify(replicas)
  return [{ type: 'Invalid', field: 'spec.replicas', value, detail, code: 'WrongReplicas' }]
}

/** Pods reach the leader by its name, so it must be known now. */
function nameErrors(object: JsonObject): readonly FieldError[] {
  if (stringAt(objectAt(object, 'metadata'), 'name') !== undefined) return []
  const detail = 'a replica over several nodes needs a name: generateName is not known when its pods are made'
  return [{ type: 'Required', field: 'metadata.name', detail, code: 'InvalidTemplate' }]
}

function immutableErrors(oldObject: JsonObject | undefined, nodes: number): readonly FieldError[] {
  const spec = objectAt(oldObject, 'spec')
  const policy = stringAt(spec, 'podManagementPolicy')
  const again = `for a replica over ${nodes} nodes, and cannot be changed: delete the StatefulSet and create it again`
  const errors: FieldError[] = []
  if (policy !== POD_MANAGEMENT_POLICY) {
    const detail = `must be ${POD_MANAGEMENT_POLICY} ${again}`
    const value = policy === undefined ? {} : { value: policy }
    errors.push({
      type: 'Invalid',
      field: 'spec.podManagementPolicy',
      ...value,
      detail,
      code: 'ImmutableField',
    })
  }
  if (stringAt(spec, 'serviceName') === undefined) {
    const detail = `must name a headless Service ${again}`
    errors.push({ type: 'Required', field: 'spec.serviceName', detail, code: 'ImmutableField' })
  }
  return errors
}
