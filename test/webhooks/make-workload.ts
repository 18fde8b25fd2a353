// Workloads of every kind that a real API server accepts, without pods: nothing to schedule, suspended or scaled to zero.
import type { JsonObject } from '../../src/core/api/json.ts'

export interface WorkloadOptions {
  /** On the object's own metadata. */
  readonly own?: JsonObject
  /** On the pod template. */
  readonly template?: JsonObject
  /** On spec.jobTemplate.metadata of a CronJob. */
  readonly jobTemplate?: JsonObject
}

export type WorkloadKindName = 'Deployment' | 'StatefulSet' | 'Job' | 'CronJob'

/** The collection of a kind in a namespace. */
export function collectionPath(kind: WorkloadKindName, namespace = 'default'): string {
  const group = kind.endsWith('Job') ? 'batch' : 'apps'
  return `/apis/${group}/v1/namespaces/${namespace}/${kind.toLowerCase()}s`
}

/** A complete object. */
export function makeWorkload(
  kind: WorkloadKindName,
  name: string,
  options: WorkloadOptions = {},
): JsonObject {
  const apiVersion = kind.endsWith('Job') ? 'batch/v1' : 'apps/v1'
  const metadata = { name, ...(options.own && { annotations: options.own }) }
  return { apiVersion, kind, metadata, spec: makeSpec(kind, options) }
}

function makeSpec(kind: WorkloadKindName, options: WorkloadOptions): JsonObject {
  const labels = { app: 'test' }
  const isJob = kind.endsWith('Job')
  const template = {
    metadata: { labels, ...(options.template && { annotations: options.template }) },
    spec: { containers: [{ name: 'model', image: 'test' }], ...(isJob && { restartPolicy: 'Never' }) },
  }
  const job = { suspend: true, template }
  if (kind === 'Job') return job
  if (kind === 'CronJob') {
    const metadata = options.jobTemplate && { metadata: { annotations: options.jobTemplate } }
    return { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { ...metadata, spec: job } }
  }
  return {
    replicas: 0,
    selector: { matchLabels: labels },
    template,
    ...(kind === 'StatefulSet' && { serviceName: 'test' }),
  }
}
