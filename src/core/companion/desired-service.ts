// Pipeline: companion. The Services of a planned workload: one by which clients call the model, and for a group of nodes
// the headless one by which its pods find each other. Owned by the workload, so they go when it goes.
import { hashHex } from '../api/hash.ts'
import { canonicalJson, type JsonObject } from '../api/json.ts'
import { WORKLOAD_LABEL, workloadLabel } from '../template/steps/labels.ts'
import { SERVICE_SPEC_ANNOTATION, type ObservedWorkload } from '../workload/observed.ts'
import { serviceName } from './service-name.ts'

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
export const MANAGED_BY = 'kaito-native'
const HTTP_PORT = 80
const HASH_CHARACTERS = 10
/** Set on every pod of a StatefulSet: https://kubernetes.io/docs/reference/labels-annotations-taints/#apps-kubernetes.io-pod-index */
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index'
/** Of the pod that answers requests for its whole group. */
const LEADER_INDEX = '0'

/** The Service of the model server; undefined: none is wanted. */
export function desiredService(workload: ObservedWorkload): JsonObject | undefined {
  if (!workload.isInference || workload.service === false) return undefined
  const leader = workload.nodesPerReplica > 1 ? { [POD_INDEX_LABEL]: LEADER_INDEX } : {}
  return renderService(workload, serviceName(workload.name), {
    selector: { ...podSelector(workload), ...leader },
    ports: [{ name: 'http', port: HTTP_PORT, targetPort: workload.serverPort, protocol: 'TCP' }],
  })
}

/** The StatefulSet's governing Service, where several nodes serve one replica; undefined: none is needed. */
export function desiredHeadlessService(workload: ObservedWorkload): JsonObject | undefined {
  const { nodesPerReplica, serviceName: name, serverPort } = workload
  if (nodesPerReplica <= 1 || name === undefined) return undefined
  return renderService(workload, name, {
    clusterIP: 'None',
    // The group meets before any of its pods is ready.
    publishNotReadyAddresses: true,
    selector: podSelector(workload),
    ports: [{ name: 'http', port: serverPort, targetPort: serverPort, protocol: 'TCP' }],
  })
}

/** The workload's own selector may be wider than its pods (another workload with the same labels). */
function podSelector({ matchLabels, podLabel }: ObservedWorkload): Readonly<Record<string, string>> {
  return podLabel === undefined ? matchLabels : { ...matchLabels, [WORKLOAD_LABEL]: podLabel }
}

function renderService(workload: ObservedWorkload, name: string, spec: JsonObject): JsonObject {
  const { apiVersion, kind, namespace, name: workloadName, uid, podLabel } = workload
  const label = podLabel ?? workloadLabel(kind, workloadName)
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, [WORKLOAD_LABEL]: label }
  const annotations = { [SERVICE_SPEC_ANNOTATION]: hashHex(canonicalJson(spec), HASH_CHARACTERS) }
  // Foreground deletion of the workload does not wait for its Service.
  const owner = { apiVersion, kind, name: workloadName, uid, controller: true, blockOwnerDeletion: false }
  const metadata = { name, namespace, labels, annotations, ownerReferences: [owner] }
  return { apiVersion: 'v1', kind: 'Service', metadata, spec }
}
