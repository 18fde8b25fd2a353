// What every measurement of the scheduler stands on, and the workloads that they use.
import type { JsonObject } from '../../../src/core/api/json.ts'
import type { Api } from '../../admission/api.ts'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import { makeDeployment } from '../../controller/workloads.ts'
import type { FakeProvisioner } from './fake-provisioner.ts'
import type { Sightings } from './sightings.ts'

export interface Bench {
  readonly plane: ControlPlane
  readonly api: Api
  readonly provisioner: FakeProvisioner
  readonly sightings: Sightings
  /** The built program. */
  readonly main: string
  /** Progress. */
  readonly say: (line: string) => void
}

export const NAMESPACE = 'default'
const TYPE = 'Standard_NC24ads_A100_v4'

/** One pod, one GPU, a node of its own. */
export function makeBenchWorkload(name: string, annotations: JsonObject = {}): JsonObject {
  return makeDeployment(name, { annotations: { 'kaito.sh/instance-type': TYPE, ...annotations } })
}

/** `process_resident_memory_bytes` and the like, out of /metrics; NaN where it is not there. */
export function metricOf(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? NaN)
}

export function formatMs(ms: number): string {
  return `${Math.round(ms)} ms`
}

export function formatMb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
