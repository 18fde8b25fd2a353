// Workloads of these tests: as small as users write them.
import type { JsonObject } from '../../src/core/api/json.ts'

export interface WorkloadOptions {
  readonly replicas?: number
  readonly annotations?: JsonObject
  /** Beside containers, in the pod's spec. */
  readonly pod?: JsonObject
  /** On the pod template: KWOK's levers. */
  readonly podAnnotations?: JsonObject
}

/** A Deployment of the catalogue's smallest preset. */
export function makeDeployment(name: string, options: WorkloadOptions = {}): JsonObject {
  const { replicas = 1, annotations = {} } = options
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'kaito.sh/preset': 'phi-4-mini-instruct', ...annotations } },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, options) },
  }
}

/** A StatefulSet whose nodes together serve one replica. */
export function makeStatefulSet(name: string, nodes: number, options: WorkloadOptions = {}): JsonObject {
  const { replicas = nodes, annotations = {} } = options
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name,
      annotations: {
        'kaito.sh/preset': 'phi-4-mini-instruct',
        'kaito.sh/nodes-per-replica': String(nodes),
        ...annotations,
      },
    },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, options) },
  }
}

/** A Job that runs a command of its own with the preset's image. */
export function makeJob(name: string, options: WorkloadOptions = {}): JsonObject {
  const { annotations = {} } = options
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations: { 'kaito.sh/preset': 'phi-4-mini-instruct', ...annotations } },
    spec: { template: jobTemplate(options) },
  }
}

/** A CronJob of such Jobs. */
export function makeCronJob(name: string, schedule: string, options: WorkloadOptions = {}): JsonObject {
  const { annotations = {} } = options
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: {
      schedule,
      jobTemplate: {
        metadata: { annotations: { 'kaito.sh/preset': 'phi-4-mini-instruct', ...annotations } },
        spec: { template: jobTemplate(options) },
      },
    },
  }
}

function template(name: string, { pod = {}, podAnnotations = {} }: WorkloadOptions): JsonObject {
  return {
    metadata: { labels: { app: name }, annotations: podAnnotations },
    spec: { containers: [{ name: 'model' }], ...pod },
  }
}

function jobTemplate({ pod = {}, podAnnotations = {} }: WorkloadOptions): JsonObject {
  const containers = [{ name: 'model', command: ['python3', '/scripts/batch.py'] }]
  return {
    metadata: { annotations: podAnnotations },
    spec: { restartPolicy: 'Never', containers, ...pod },
  }
}
