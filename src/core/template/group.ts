// Pipeline: template. One replica over several nodes: a StatefulSet whose pod 0 leads. The others reach it by its name.
import { toDnsLabel } from '../api/dns-label.ts'
import { stringAt } from '../api/json.ts'
import { objectAtPath } from '../workload/workload.ts'
import type { StepInput } from './step.ts'

/** True where the pods of the workload are one replica together. */
export function isGroup({ placement }: Pick<StepInput, 'placement'>): boolean {
  return placement.nodesPerReplica > 1
}

/** The governing Service: the user's, else `<name>-headless` as upstream calls it. */
export function groupServiceName({ object, at, name }: Pick<StepInput, 'object' | 'at' | 'name'>): string {
  return stringAt(objectAtPath(object, at.spec), 'serviceName') ?? toDnsLabel(`${name}-headless`)
}

/** The name of pod 0 in the cluster's DNS. */
export function leaderHost(input: Pick<StepInput, 'object' | 'at' | 'name' | 'namespace'>): string {
  return `${input.name}-0.${groupServiceName(input)}.${input.namespace}.svc.cluster.local`
}
