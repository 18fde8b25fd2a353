// Simulator: the users' workloads, as they look after admission: a plan on the workload, the placement, our gate and the GPUs
// in its pod template.
import { formatPlan } from '../../../src/core/api/plan-text.ts'
import { GATE_NAME } from '../../../src/core/template/steps/gate.ts'
import { workloadLabel } from '../../../src/core/template/steps/labels.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { PodTemplate, Resource, Workload } from '../api/objects.ts'

export const KUEUE_GATE = 'kueue.x-k8s.io/admission'

export interface WorkloadSpec {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Group' | 'Job'
  readonly name: string
  readonly namespace: string
  /** Of a Group its nodes; of a Job its parallelism. */
  readonly replicas: number
  readonly completions: number
  readonly gpusPerPod: number
  readonly instanceTypes: readonly string[]
  readonly ordered: boolean
  readonly maxSurge: number
  /** Before or after ours in the list. */
  readonly kueue: 'first' | 'last' | 'none'
  readonly zone: string | undefined
  readonly idleGraceSeconds: number | undefined
  /** When it is created, after the beginning. */
  readonly atMs: number
}

const RESOURCE_OF = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  Group: 'statefulsets',
  Job: 'jobs',
} as const
const API_OF = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', Group: 'apps/v1', Job: 'batch/v1' } as const
const KIND_OF = {
  Deployment: 'Deployment',
  StatefulSet: 'StatefulSet',
  Group: 'StatefulSet',
  Job: 'Job',
} as const

export function resourceOf({
  kind,
}: Pick<WorkloadSpec, 'kind'>): Resource & ('deployments' | 'statefulsets' | 'jobs') {
  return RESOURCE_OF[kind]
}

export function createWorkload(api: ApiServer, spec: WorkloadSpec): void {
  const { kind, name, namespace, replicas } = spec
  const matchLabels = { app: name }
  const isJob = kind === 'Job'
  api.create('user', resourceOf(spec), {
    apiVersion: API_OF[kind],
    kind: KIND_OF[kind],
    metadata: { name, namespace, annotations: annotationsOf(spec), labels: matchLabels },
    spec: {
      ...(isJob ? { parallelism: replicas, completions: spec.completions, backoffLimit: 0 } : { replicas }),
      ...(kind === 'Deployment' && {
        strategy: { rollingUpdate: { maxSurge: spec.maxSurge, maxUnavailable: spec.maxSurge === 0 ? 1 : 0 } },
      }),
      ...(kind === 'Group' && { updateStrategy: { type: 'OnDelete' }, serviceName: `${name}-group` }),
      selector: { matchLabels },
      template: templateOf(spec, '1'),
    },
    status: {},
  })
}

function annotationsOf(spec: WorkloadSpec) {
  const { idleGraceSeconds } = spec
  return {
    'kaito.sh/preset': 'phi-4-mini-instruct',
    'kaito.sh/plan': planOf(spec),
    ...(idleGraceSeconds !== undefined && { 'kaito.sh/idle-grace': `${idleGraceSeconds}s` }),
  }
}

function planOf(spec: WorkloadSpec): string {
  return formatPlan({
    v: 1,
    catalogue: 'sim',
    intent: 'sim',
    preset: 'phi-4-mini-instruct',
    revision: 'kaito-0.12',
    runtime: 'vllm',
    instanceTypes: spec.instanceTypes,
    gpusPerPod: spec.gpusPerPod,
    podsPerNode: 1,
    nodesPerReplica: nodesOf(spec),
    parallelism: { tensor: 1, pipeline: 1, data: 1 },
    provisioning: 'nodeclaim',
    added: {},
  })
}

function nodesOf({ kind, replicas }: WorkloadSpec): number {
  return kind === 'Group' ? replicas : 1
}

/** `image` is what a rollout changes. */
export function templateOf(spec: WorkloadSpec, image: string): PodTemplate {
  const { kind, name, gpusPerPod, instanceTypes, ordered, kueue, zone } = spec
  const ours = { name: GATE_NAME }
  const theirs = { name: KUEUE_GATE }
  const gates = { first: [theirs, ours], last: [ours, theirs], none: [ours] }[kueue]
  const placement = {
    v: 1,
    instanceTypes,
    ordered,
    gpusPerPod,
    nodesPerReplica: nodesOf(spec),
    provisioning: 'nodeclaim',
    storageGiB: 10,
  }
  return {
    metadata: {
      labels: {
        app: name,
        'kaito.sh/workload': workloadLabel(KIND_OF[kind], name),
        'kaito.sh/model': 'model',
      },
      annotations: { 'kaito.sh/placement': JSON.stringify(placement) },
    },
    spec: {
      schedulingGates: gates,
      terminationGracePeriodSeconds: 60,
      tolerations: [
        { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
      ],
      ...(zone !== undefined && { nodeSelector: { 'topology.kubernetes.io/zone': zone } }),
      containers: [
        {
          name: 'model',
          image,
          resources: {
            limits: { 'nvidia.com/gpu': String(gpusPerPod) },
            requests: { cpu: '2', memory: '16Gi', 'nvidia.com/gpu': String(gpusPerPod) },
          },
        },
      ],
    },
  }
}

/** The workload as it is now; undefined: it is not there, or on its way out. */
export function findWorkload(api: ApiServer, spec: WorkloadSpec): Workload | undefined {
  return api.find(resourceOf(spec), spec)
}
