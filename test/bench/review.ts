// The requests of the benchmark: AdmissionReview v1 of about 6 KB, as kube-apiserver sends the CREATE of a typical
// Deployment that came by `kubectl apply`: defaults filled in, kubectl's copy of the file, managedFields.
import { isObject, objectAt, type Json, type JsonObject } from '../../src/core/api/json.ts'

/** In what the workloads of the benchmark differ. */
export interface Shape {
  readonly preset: string
  readonly replicas: number
  readonly maxModelLen: string
  readonly memory: string
  readonly instanceType?: string
  readonly sidecar: boolean
}

/** Stand for eight digits, which the load generator fills in: of the workload's name, and of the ConfigMap's. */
export const NAME_MARK = 'nnnnnnnn'
export const CONFIG_MARK = 'cccccccc'
const NAME = `chat-${NAME_MARK}`

export const REVIEW_UID = '7f0b8a1e-1c2d-4e5f-8a9b-0c1d2e3f4a5b'

/** The body of the request, with the marks. */
export function reviewText(shape: Shape): string {
  const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: request(shape) }
  return JSON.stringify(review)
}

function labelsOf({ preset }: Shape): JsonObject {
  return {
    'app.kubernetes.io/name': preset,
    'app.kubernetes.io/instance': NAME,
    'app.kubernetes.io/part-of': 'chat',
    'app.kubernetes.io/managed-by': 'kustomize',
  }
}

function annotationsOf({ preset, maxModelLen, instanceType }: Shape): JsonObject {
  return {
    'kaito.sh/preset': preset,
    'kaito.sh/max-model-len': maxModelLen,
    'kaito.sh/model-access-secret': 'hugging-face',
    'kaito.sh/config': `settings-${CONFIG_MARK}`,
    ...(instanceType !== undefined && { 'kaito.sh/instance-type': instanceType }),
  }
}

function reviewedObject(shape: Shape): JsonObject {
  const file = `${JSON.stringify(deployment(shape, annotationsOf(shape)))}\n`
  const annotations = { ...annotationsOf(shape), 'kubectl.kubernetes.io/last-applied-configuration': file }
  const stored = deployment(shape, annotations, API_DEFAULTS)
  const metadata = { annotations: annotationsOf(shape), labels: labelsOf(shape) }
  return {
    ...stored,
    metadata: {
      ...objectAt(stored, 'metadata'),
      creationTimestamp: null,
      managedFields: [
        {
          manager: 'kubectl-client-side-apply',
          operation: 'Update',
          apiVersion: 'apps/v1',
          time: '2026-02-03T10:11:12Z',
          fieldsType: 'FieldsV1',
          fieldsV1: fieldsOf({ metadata, spec: stored['spec'] }),
        },
      ],
    },
    status: {},
  }
}

function request(shape: Shape): JsonObject {
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' }
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' }
  return {
    uid: REVIEW_UID,
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    name: NAME,
    namespace: 'chat',
    operation: 'CREATE',
    userInfo: {
      username: 'system:serviceaccount:argocd:argocd-application-controller',
      uid: '0d8f5a52-98c5-4f4e-9a31-1f5c1f0f3f51',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:argocd', 'system:authenticated'],
    },
    object: reviewedObject(shape),
    oldObject: null,
    dryRun: false,
    options: {
      kind: 'CreateOptions',
      apiVersion: 'meta.k8s.io/v1',
      fieldManager: 'kubectl-client-side-apply',
      fieldValidation: 'Strict',
    },
  }
}

/** What the user's file says, or with `defaults` what the API server makes of it before it calls webhooks. */
function deployment(shape: Shape, annotations: JsonObject, defaults = NO_DEFAULTS): JsonObject {
  const labels = labelsOf(shape)
  const containers = [modelContainer(shape), ...(shape.sidecar ? [PROXY_CONTAINER] : [])]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: 'chat', labels, annotations },
    spec: {
      replicas: shape.replicas,
      selector: { matchLabels: { 'app.kubernetes.io/instance': NAME } },
      template: {
        metadata: { labels, annotations: { 'prometheus.io/scrape': 'true' } },
        spec: {
          serviceAccountName: 'chat',
          imagePullSecrets: [{ name: 'registry' }],
          containers: containers.map(container => Object.assign({}, container, defaults.container)),
          volumes: [{ name: 'templates', configMap: { name: 'chat-templates' } }],
          ...defaults.pod,
        },
      },
      ...defaults.spec,
    },
  }
}

/** Ours to fill: no image. */
function modelContainer({ memory }: Shape): JsonObject {
  return {
    name: 'model',
    args: ['--enable-prefix-caching', '--chat-template=/templates/phi.jinja'],
    env: [{ name: 'VLLM_LOGGING_LEVEL', value: 'INFO' }],
    resources: { requests: { cpu: '4', memory: '24Gi' }, limits: { memory } },
    volumeMounts: [{ name: 'templates', mountPath: '/templates', readOnly: true }],
  }
}

const PROXY_CONTAINER: JsonObject = {
  name: 'auth-proxy',
  image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.9.0',
  args: ['--upstream=http://127.0.0.1:5000', '--http-address=0.0.0.0:4180'],
  ports: [{ name: 'proxy', containerPort: 4180 }],
  resources: { requests: { cpu: '100m', memory: '64Mi' } },
}

interface Defaults {
  readonly spec: JsonObject
  readonly pod: JsonObject
  readonly container: JsonObject
}

const NO_DEFAULTS: Defaults = { spec: {}, pod: {}, container: {} }

const API_DEFAULTS: Defaults = {
  spec: {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  },
  pod: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
  },
  container: {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  },
}

/** FieldsV1 of a value: `f:` for members, `k:` for entries that have a name. */
function fieldsOf(value: Json | undefined): JsonObject {
  if (Array.isArray(value)) {
    const named = (value as readonly Json[]).filter(isObject).filter(entry => 'name' in entry)
    return Object.fromEntries(
      named.map(entry => [`k:${JSON.stringify({ name: entry['name'] })}`, { '.': {}, ...fieldsOf(entry) }]),
    )
  }
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [`f:${key}`, fieldsOf(member)]))
}
