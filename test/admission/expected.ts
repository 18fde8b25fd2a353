// What the sample (manifests/samples/phi-4-mini.yaml) is after injection, written out by hand from the documentation.
import { isObject, objectAt, type Json, type JsonObject } from '../../src/core/api/json.ts'

/** Stands for texts that come from the catalogue: the command line and the placement. */
const LONG = '…'
const LONGEST_SHOWN = 100

/** A GET of KAITO's health endpoint, as the API server stores it. */
function healthProbe(failureThreshold: number, more: JsonObject = {}): JsonObject {
  const httpGet = { path: '/health', port: 5000, scheme: 'HTTP' }
  return { httpGet, periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold, ...more }
}

/** The whole spec; texts from the catalogue are left out. */
export const EXPECTED_SPEC: JsonObject = {
  replicas: 1,
  revisionHistoryLimit: 10,
  selector: { matchLabels: { app: 'phi-4-mini' } },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
  // 20 min launch budget, 30 min startup, 10 min slack.
  progressDeadlineSeconds: 3600,
  template: {
    metadata: {
      labels: {
        app: 'phi-4-mini',
        'kaito.sh/model': 'phi-4-mini-instruct',
        'kaito.sh/workload': 'deployment-phi-4-mini',
      },
      annotations: { 'kaito.sh/placement': LONG },
    },
    spec: {
      containers: [
        {
          name: 'model',
          image: 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0',
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sh', '-c', LONG, '--'],
          ports: [{ name: 'http', containerPort: 5000, protocol: 'TCP' }],
          resources: { limits: { 'nvidia.com/gpu': '1' }, requests: { 'nvidia.com/gpu': '1' } },
          startupProbe: healthProbe(180),
          livenessProbe: healthProbe(3),
          readinessProbe: healthProbe(3, { initialDelaySeconds: 30 }),
          lifecycle: { preStop: { sleep: { seconds: 15 } } },
          env: [
            { name: 'VLLM_USE_FLASHINFER_SAMPLER', value: '0' },
            { name: 'VLLM_USE_DEEP_GEMM', value: '0' },
          ],
          volumeMounts: [
            { name: 'kaito-dshm', mountPath: '/dev/shm' },
            { name: 'kaito-weights', mountPath: '/workspace/weights' },
          ],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      volumes: [
        { name: 'kaito-dshm', emptyDir: { medium: 'Memory' } },
        { name: 'kaito-weights', emptyDir: {} },
      ],
      tolerations: [
        { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
      ],
      schedulingGates: [{ name: 'kaito.sh/waiting-for-node' }],
      terminationGracePeriodSeconds: 60,
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
    },
  },
}

/** A value in which every long text is left out. */
export function withoutLongTexts(value: Json | undefined): Json {
  if (typeof value === 'string') return value.length > LONGEST_SHOWN ? LONG : value
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutLongTexts)
  if (!isObject(value)) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutLongTexts(member)]))
}

export function annotationsOf(object: JsonObject): JsonObject {
  return objectAt(objectAt(object, 'metadata'), 'annotations')
}
