// Pipeline: policy. What may scale a workload by itself, and how far: HorizontalPodAutoscaler, and KEDA's ScaledObject (which
// makes one, but in files there is only itself).
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import type { WorkloadName } from './policy-facts.ts'

export interface Autoscaled {
  readonly workload: WorkloadName
  readonly maxReplicas: number
}

interface Autoscaler {
  readonly group: string
  readonly kind: string
  /** Field of the spec with the most replicas. */
  readonly most: string
  /** Where the object does not say. */
  readonly fallback?: { readonly targetKind: string; readonly maxReplicas: number }
}

/**
 * https://keda.sh/docs/latest/reference/scaledobject-spec/: `maxReplicaCount` is 100 and the kind Deployment unless given.
 */
const AUTOSCALERS: readonly Autoscaler[] = [
  { group: 'autoscaling', kind: 'HorizontalPodAutoscaler', most: 'maxReplicas' },
  {
    group: 'keda.sh',
    kind: 'ScaledObject',
    most: 'maxReplicaCount',
    fallback: { targetKind: 'Deployment', maxReplicas: 100 },
  },
]

/** What an object of that namespace may scale, and how far; undefined for every other kind, and where it says neither. */
export function autoscaledBy(object: JsonObject, namespace: string): Autoscaled | undefined {
  const [group] = (stringAt(object, 'apiVersion') ?? '').split('/')
  const scaler = AUTOSCALERS.find(known => known.group === group && known.kind === object['kind'])
  if (scaler === undefined) return undefined
  const spec = objectAt(object, 'spec')
  const target = objectAt(spec, 'scaleTargetRef')
  const kind = stringAt(target, 'kind') ?? scaler.fallback?.targetKind
  const name = stringAt(target, 'name')
  const maxReplicas = spec[scaler.most] ?? scaler.fallback?.maxReplicas
  if (kind === undefined || name === undefined || typeof maxReplicas !== 'number') return undefined
  return { workload: { kind, namespace, name }, maxReplicas }
}
