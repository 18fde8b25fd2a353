// AdmissionReviews as text: workloads of every kind, new and planned, with odd values in any place, cut off, or garbled.
import type { Json, JsonObject } from '../../src/core/api/json.ts'
import { decideMutation } from '../../src/core/admit/mutate.ts'
import type { AdmissionContext } from '../../src/core/admit/context.ts'
import type { Random } from '../controller/random.ts'
import { annotationsOf } from './annotation-cases.ts'
import { oddAt, oddOf, once, oneOf, someOf } from './make-json.ts'

type Kind = 'Deployment' | 'StatefulSet' | 'Job' | 'CronJob'
const RESOURCES: Readonly<Record<Kind, readonly [string, string]>> = {
  Deployment: ['apps', 'deployments'],
  StatefulSet: ['apps', 'statefulsets'],
  Job: ['batch', 'jobs'],
  CronJob: ['batch', 'cronjobs'],
}

/** The text of one request. */
export function reviewOf(random: Random, context: AdmissionContext): string {
  const kind = oneOf(random, Object.keys(RESOURCES) as Kind[])
  const [group, resource] = RESOURCES[kind]
  const before = workloadOf(random, kind)
  const stored = once(random, 2) ? planned(before, context) : before
  const isUpdate = once(random, 2)
  const now = isUpdate && once(random, 2) ? stored : workloadOf(random, kind)
  const object = once(random, 4) ? oddAt(random, now) : now
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'a1',
      kind: { group, version: 'v1', kind },
      resource: { group, version: 'v1', resource },
      name: 'w',
      namespace: 'default',
      operation: isUpdate ? 'UPDATE' : 'CREATE',
      object,
      ...(isUpdate ? { oldObject: once(random, 8) ? oddAt(random, stored) : stored } : {}),
    },
  }
  const text = JSON.stringify(once(random, 15) ? oddAt(random, review) : review)
  return once(random, 15) ? oddOf(random, text) : text
}

function planned(object: JsonObject, context: AdmissionContext): JsonObject {
  const decision = decideMutation({ operation: 'CREATE', object }, context)
  return decision.decision === 'Plan' ? decision.result : object
}

function workloadOf(random: Random, kind: Kind): JsonObject {
  const annotations = annotationsOf(random)
  const template = {
    metadata: { labels: { app: 'w' } },
    spec: { containers: containersOf(random, kind), ...someOf(random, POD) },
  }
  const spec: JsonObject = {
    template,
    ...(kind === 'Job' || kind === 'CronJob' ? {} : { replicas: random.below(3) }),
  }
  const [group] = RESOURCES[kind]
  const head = { apiVersion: `${group}/v1`, kind }
  return kind === 'CronJob'
    ? {
        ...head,
        metadata: { name: 'w' },
        spec: { schedule: '@daily', jobTemplate: { metadata: { annotations }, spec } },
      }
    : { ...head, metadata: { name: 'w', namespace: 'default', annotations }, spec }
}

const POD: Readonly<Record<string, Json>> = {
  tolerations: [{ key: 'a', operator: 'Exists' }],
  volumes: [
    { name: 'data', emptyDir: {} },
    { name: 'results', emptyDir: {} },
  ],
  initContainers: [{ name: 'init', image: 'init:1' }],
  imagePullSecrets: [{ name: 'hub' }],
  terminationGracePeriodSeconds: 30,
  restartPolicy: 'Never',
}

function containersOf(random: Random, kind: Kind): readonly JsonObject[] {
  if (once(random, 6)) return []
  const command = kind === 'Job' || kind === 'CronJob' ? { command: ['python3', 'work.py'] } : {}
  const model = { name: 'model', ...command, ...someOf(random, CONTAINER) }
  return once(random, 4)
    ? [model, { name: 'istio-proxy', image: 'proxy:1', ports: [{ containerPort: 15090 }] }]
    : [model]
}

const CONTAINER: Readonly<Record<string, Json>> = {
  args: ['--x=1'],
  env: [{ name: 'A', value: 'b' }],
  ports: [{ containerPort: 9090, name: 'metrics' }],
  resources: { limits: { 'nvidia.com/gpu': '1', cpu: '4' } },
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
}
