// Pipeline: companion. The settings of a trainer whose user names none: a ConfigMap for each method and namespace, shared by
// the tuning Jobs there and owned by each of them, so that it goes with the last. What its users change stays. Pods that come
// before it wait for it in ContainerCreating. A ConfigMap of that name which somebody else made is taken as it is.
import { stringAt, type JsonObject } from '../api/json.ts'
import type { TuningMethod } from '../api/tuning-values.ts'
import { CONFIG_KEY, defaultConfigName } from '../template/tuning-layout.ts'
import { TUNING_CONFIG_LABEL, type ObservedConfigMap, type ObservedWorkload } from '../workload/observed.ts'
import { MANAGED_BY, MANAGED_BY_LABEL } from './desired-service.ts'
import { TUNING_SETTINGS } from './tuning-settings.ts'

/** Each may be repeated: a second creation is refused (409), a second change finds another version. */
export type TuningConfigAction =
  | {
      readonly type: 'create-config-map'
      readonly namespace: string
      readonly name: string
      readonly object: JsonObject
    }
  /** `patch` is a merge patch. */
  | { readonly type: 'update-config-map'; readonly configMap: ObservedConfigMap; readonly patch: JsonObject }

/** What must be done so that the workload's pods find their settings; `configMaps` by `namespace/name`. */
export function planTuningConfig(
  workload: ObservedWorkload,
  configMaps: ReadonlyMap<string, ObservedConfigMap>,
): TuningConfigAction | undefined {
  const { defaultSettings: method, namespace, annotated, deletedAtMs, replicas } = workload
  if (method === undefined || !annotated || deletedAtMs !== undefined || replicas === 0) return undefined
  const name = defaultConfigName(method)
  const existing = configMaps.get(`${namespace}/${name}`)
  if (existing === undefined)
    return { type: 'create-config-map', namespace, name, object: desiredTuningConfig(workload, method) }
  const { uid, resourceVersion, owners, isOurs } = existing
  const isOwner = owners.some(owner => stringAt(owner, 'uid') === workload.uid)
  if (!isOurs || isOwner || existing.deletedAtMs !== undefined) return undefined
  // uid and version are preconditions: nobody has changed it since it was looked at.
  const metadata = { uid, resourceVersion, ownerReferences: [...owners, ownerOf(workload)] }
  return { type: 'update-config-map', configMap: existing, patch: { metadata } }
}

function desiredTuningConfig(workload: ObservedWorkload, method: TuningMethod): JsonObject {
  const metadata = {
    name: defaultConfigName(method),
    namespace: workload.namespace,
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [TUNING_CONFIG_LABEL]: method },
    ownerReferences: [ownerOf(workload)],
  }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [CONFIG_KEY]: TUNING_SETTINGS[method] } }
}

/** No controller: an object has at most one, and this has several owners. */
function ownerOf({ apiVersion, kind, name, uid }: ObservedWorkload): JsonObject {
  return { apiVersion, kind, name, uid, blockOwnerDeletion: false }
}
