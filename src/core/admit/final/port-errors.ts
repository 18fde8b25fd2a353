// Pipeline: admit, final objects. Ports: containers of a pod share one network, and pods with ports of the host share the
// node's.
import type { FieldError } from '../../api/field-error.ts'
import { textOf, type Json, type JsonObject } from '../../api/json.ts'
import { SERVER_PORT } from '../../template/steps/port.ts'
import { podsAtOnce } from '../../workload/pods-at-once.ts'
import { entriesAt, isServing, type FinalPod } from './final-pod.ts'

/** Every port that something else in the pod, or the next pod on the node, has already. */
export function portErrors(pod: FinalPod): readonly FieldError[] {
  return [...serverPortErrors(pod), ...hostPortErrors(pod)]
}

function serverPortErrors(pod: FinalPod): readonly FieldError[] {
  if (!isServing(pod)) return []
  const { running, filled } = pod
  const detail = `the model's server in container ${filled.name} listens on ${SERVER_PORT}, and the containers of a pod share their ports: use another one`
  return running
    .filter(one => one !== filled)
    .flatMap(({ container, field }) =>
      entriesAt(container, 'ports')
        .filter(({ entry }) => isServerPort(entry))
        .map(({ index }) => ({
          type: 'Duplicate' as const,
          field: `${field}.ports[${index}].containerPort`,
          value: String(SERVER_PORT),
          detail,
          code: 'PortTaken' as const,
        })),
    )
}

function isServerPort({ containerPort, protocol }: JsonObject): boolean {
  return containerPort === SERVER_PORT && (protocol === undefined || isTcp(protocol))
}

function isTcp(protocol: Json): boolean {
  return protocol === null || protocol === '' || protocol === 'TCP'
}

/** A port of the host serves one pod, and the plan puts several on a node; one pod alone has no neighbour. */
function hostPortErrors(pod: FinalPod): readonly FieldError[] {
  const { kind, object, plan, running } = pod
  if (plan.podsPerNode === 1 || podsAtOnce(kind, object) <= 1) return []
  const detail = `a port of the host serves one pod, and the plan puts ${plan.podsPerNode} on a node: take it away, or ask for all GPUs of a node`
  const forbidden = (field: string, value: string): FieldError => ({
    type: 'Forbidden',
    field,
    value,
    detail,
    code: 'PortTaken',
  })
  if (pod.pod['hostNetwork'] === true) return [forbidden(`${pod.podField}.hostNetwork`, 'true')]
  return running.flatMap(({ container, field }) =>
    entriesAt(container, 'ports')
      .filter(({ entry }) => typeof entry['hostPort'] === 'number' && entry['hostPort'] > 0)
      .map(({ entry, index }) => forbidden(`${field}.ports[${index}].hostPort`, textOf(entry['hostPort']))),
  )
}
