// Pipeline: companion. The name by which clients call a workload.
import { toDnsLabel } from '../api/dns-label.ts'

/** The Service of a workload: its own name, made a valid name of a Service. */
export function serviceName(workloadName: string): string {
  return toDnsLabel(workloadName)
}
