// Generated workloads: random subsets of user fields in every place that injection touches, in the forms in which people
// and other controllers write them (absent, null, empty, defaults written out), with unknown fields and foreign injectors'
// containers. Well typed; garbage is the business of totality tests.
import * as fc from 'fast-check'
import { PREFIX } from '../../../src/core/api/annotations.ts'
import { isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'

/** Any subset of the members, each of them null or empty now and then. */
function some(members: Readonly<Record<string, fc.Arbitrary<Json>>>): fc.Arbitrary<JsonObject> {
  return fc.record<Record<string, Json>>(members, { requiredKeys: [], noNullPrototype: true })
}

function orNull(value: fc.Arbitrary<Json>, ...others: readonly Json[]): fc.Arbitrary<Json> {
  const [first, ...rest] = [null, ...others]
  return fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constantFrom(first, ...rest) })
}

function listOf(entry: fc.Arbitrary<JsonObject>, key: string, maxLength = 3): fc.Arbitrary<Json> {
  const entries = fc.uniqueArray(entry, { maxLength, selector: one => one[key] })
  return orNull(entries, [])
}

const UNKNOWN: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  { nested: [1, { deep: true }] },
  ['a', 'b'],
  'text',
  false,
)
const unknownFields = { xNewField: UNKNOWN, constructor: UNKNOWN }

const variable = fc
  .record({
    name: fc.constantFrom(
      'A',
      'HF_TOKEN',
      'VLLM_API_KEY',
      'HF_HUB_OFFLINE',
      'VLLM_USE_DEEP_GEMM',
      'VLLM_USE_FLASHINFER_SAMPLER',
      'CUDA_HOME',
      'KAITO_PROCESSOR',
      'KAITO_OUTPUT_DIR',
      'tone',
      'constructor',
      '__proto__',
    ),
    source: fc.constantFrom<JsonObject>(
      { value: 'x' },
      { value: '0' },
      { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { value: 'y', xUnknown: 1 },
    ),
  })
  .map(({ name, source }): JsonObject => Object.assign({ name }, source))

const PATHS = [
  '/dev/shm',
  '/workspace/weights',
  '/mnt/config',
  '/mnt/adapter',
  '/opt/kaito/cuda/129',
  '/data',
  '/tmp/x',
]
const VOLUMES = [
  'kaito-dshm',
  'kaito-weights',
  'kaito-config',
  'kaito-adapters',
  'kaito-cuda-toolkit',
  'kaito-pull-secrets',
  'data',
  'scratch',
]

const volume = fc
  .record({
    name: fc.constantFrom(...VOLUMES),
    source: fc.constantFrom<JsonObject>(
      { emptyDir: {} },
      { emptyDir: { medium: 'Memory' } },
      { configMap: { name: 'c' } },
      { secret: { secretName: 's' } },
      { persistentVolumeClaim: { claimName: 'p' } },
      { xCsi: { deep: [] } },
    ),
  })
  .map(({ name, source }): JsonObject => Object.assign({ name }, source))

const mount = fc.record(
  { name: fc.constantFrom(...VOLUMES), mountPath: fc.constantFrom(...PATHS) },
  { noNullPrototype: true },
)

const port = fc.constantFrom<JsonObject>(
  { containerPort: 5000 },
  { containerPort: 5000, name: 'http', protocol: 'TCP' },
  { containerPort: 8080, name: 'http' },
  { containerPort: 9090, name: 'metrics', xField: 1 },
  { containerPort: 5000, name: 'quic', protocol: 'UDP' },
)

const probe = fc.constantFrom<Json>(
  { httpGet: { path: '/ready', port: 8080 } },
  { httpGet: { path: '/health', port: 5000 } },
  { exec: { command: ['true'] }, periodSeconds: 5 },
  { tcpSocket: { port: 5000 }, xField: {} },
)

const gpus = fc.constantFrom<Json>('1', 1, '2')
const quantities = orNull(some({ cpu: fc.constantFrom('4', '500m'), memory: fc.constant('16Gi') }), {})
const resources = orNull(
  fc.oneof(
    some({ limits: quantities, requests: quantities, claims: fc.constant([{ name: 'c' }]) }),
    gpus.map((number): Json => ({ limits: { 'nvidia.com/gpu': number, cpu: '1' } })),
    gpus.map((number): Json => ({
      limits: { 'nvidia.com/gpu': number },
      requests: { 'nvidia.com/gpu': number },
    })),
    gpus.map((number): Json => ({ requests: { 'nvidia.com/gpu': number } })),
  ),
  {},
)

const image = fc.constantFrom(
  'example.com/team/server:1',
  'server',
  'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0',
  'mirror.example:5000/kaito-base@sha256:0123',
)

const lifecycle = orNull(
  some({
    preStop: fc.constantFrom<Json>({ exec: { command: ['sleep', '5'] } }, { sleep: { seconds: 15 } }),
    postStart: fc.constant({ exec: { command: ['true'] } }),
  }),
  {},
)

function containerOf(name: fc.Arbitrary<string>, ownImage: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  const fields = some({
    image: ownImage,
    command: orNull(fc.constant(['python3', 'my.py']), []),
    args: orNull(fc.constant(['--max-num-seqs=8']), []),
    env: listOf(variable, 'name'),
    envFrom: fc.constant([{ configMapRef: { name: 'e' } }]),
    ports: listOf(port, 'containerPort'),
    resources,
    startupProbe: orNull(probe),
    livenessProbe: orNull(probe),
    readinessProbe: orNull(probe),
    lifecycle,
    volumeMounts: listOf(mount, 'mountPath'),
    imagePullPolicy: fc.constantFrom('Always', 'IfNotPresent'),
    securityContext: fc.constant({ runAsNonRoot: true }),
    ...unknownFields,
  })
  return fc.tuple(name, fields).map(([own, rest]): JsonObject => Object.assign({ name: own }, rest))
}

const main = containerOf(
  fc.constant('model'),
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom<Json>('', null) }, { weight: 1, arbitrary: image }),
)
const sidecar = containerOf(fc.constantFrom('istio-proxy', 'vault-agent', 'logger'), image).map(
  (container): JsonObject => Object.assign({ image: 'sidecar:1' }, container),
)

const containers = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Json | undefined>(undefined, null, []) },
  { weight: 5, arbitrary: main.map((one): Json => [one]) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(main, fc.uniqueArray(sidecar, { maxLength: 2, selector: one => one['name'] }), fc.nat(2))
      .map(([one, others, position]): Json => others.toSpliced(position, 0, one)),
  },
)

const TOLERATIONS: readonly Json[] = [
  { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
  { key: 'spot', operator: 'Exists' },
  { operator: 'Exists', xField: 1 },
]
const TERMS: readonly Json[] = [
  { matchExpressions: [{ key: 'zone', operator: 'In', values: ['1'] }] },
  { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] },
]
const required = (terms: Json): Json => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
})
const affinity = fc.oneof(
  fc.subarray([...TERMS], { minLength: 1 }).map(required),
  fc.constantFrom<Json>(
    { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    { nodeAffinity: null },
    { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: null } },
    {},
    null,
  ),
)

const gate = fc.constantFrom<JsonObject>(
  { name: 'kueue.x-k8s.io/admission' },
  { name: 'kaito.sh/waiting-for-node' },
)
const initContainer = fc
  .tuple(
    fc.constantFrom('warm-up', 'kaito-cuda-toolkit', 'kaito-adapter-tone', 'kaito-data', 'istio-init'),
    fc.constantFrom('init:1', 'init'),
  )
  .map(([name, own]): JsonObject => ({ name, image: own, xUnknown: null }))

const pod = fc
  .tuple(
    containers,
    some({
      initContainers: listOf(initContainer, 'name', 2),
      volumes: listOf(volume, 'name'),
      tolerations: orNull(fc.subarray([...TOLERATIONS], { minLength: 1 }), []),
      affinity,
      nodeSelector: orNull(fc.constant({ pool: 'gpu' }), {}),
      schedulingGates: listOf(gate, 'name'),
      terminationGracePeriodSeconds: orNull(fc.constantFrom(30, 60, 0, 300)),
      activeDeadlineSeconds: fc.constantFrom(60, 7200),
      serviceAccountName: fc.constant('sa'),
      restartPolicy: fc.constant('Always'),
      imagePullSecrets: listOf(
        fc.constantFrom('pull', 'hub').map(name => ({ name })),
        'name',
      ),
      ...unknownFields,
    }),
  )
  .map(([list, rest]): Json => (list === undefined ? rest : Object.assign(rest, { containers: list })))

const templateMetadata = orNull(
  some({
    labels: orNull(
      some({
        app: fc.constant('x'),
        'kaito.sh/workload': fc.constant('mine'),
        'kaito.sh/model': fc.constantFrom('', 'mine'),
        constructor: fc.constant('c'),
      }),
      {},
    ),
    annotations: orNull(
      some({
        'prometheus.io/scrape': fc.constant('true'),
        'kaito.sh/instance-type': fc.constant('misplaced'),
        'x.io/empty': fc.constant(''),
      }),
      {},
    ),
    creationTimestamp: fc.constant(null),
  }),
  {},
)

const template = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Json | undefined>(undefined, null, {}) },
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.option(templateMetadata, { nil: undefined }), orNull(pod, {}))
      .map(([metadata, spec]): Json => (metadata === undefined ? { spec } : { metadata, spec })),
  },
)

const count = fc.constantFrom<Json>('25%', 0, 1, '0%')
const strategy = orNull(
  fc.oneof(
    some({
      type: fc.constant('RollingUpdate'),
      rollingUpdate: orNull(some({ maxSurge: orNull(count), maxUnavailable: orNull(count) }), {}),
    }),
    fc.constantFrom<Json>(
      { type: 'Recreate' },
      { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    ),
  ),
  {},
)

const deploymentSpec = some({
  replicas: fc.constantFrom<Json>(1, 3, 0, null),
  strategy,
  progressDeadlineSeconds: orNull(fc.constantFrom(600, 3600, 100)),
  minReadySeconds: fc.constant(5),
  ...unknownFields,
})
const statefulSetSpec = some({
  replicas: fc.constantFrom<Json>(1, 3),
  serviceName: fc.constant('s'),
  podManagementPolicy: fc.constantFrom('Parallel', 'OrderedReady'),
  updateStrategy: fc.constantFrom<Json>({ type: 'OnDelete' }, { type: 'RollingUpdate', rollingUpdate: {} }),
  ...unknownFields,
})

/** Annotations of ours that go together with what most presets can do; a part of them still ends in a refusal. */
const options = some({
  runtime: fc.constant('vllm'),
  weights: fc.constantFrom('pvc:cache', 'pvc:models/phi/4', 'image:registry.example/weights'),
  adapters: fc.constantFrom(
    '[]',
    '[{"name": "tone", "image": "registry.example/tone:1"}]',
    '- {name: tone, image: tone, strength: 0.5, imagePullSecrets: [hub]}\n- {name: x, image: x:1}',
  ),
  config: fc.constant('settings'),
  'model-access-secret': fc.constant('hf'),
  'api-key-secret': fc.constant('key'),
  'max-model-len': fc.constantFrom('4096', ' 8192 '),
  provisioning: fc.constantFrom('auto', 'nodeclaim', 'machine', 'none', 'none'),
  'idle-grace': fc.constantFrom('5m', '1h30m'),
  service: fc.constantFrom('true', 'false'),
  replan: fc.constantFrom('', 'again'),
  'bypass-resource-checks': fc.constant('true'),
})

/** Mostly named: a search among all types is the slow part, and another test's business. */
const instanceTypes = fc.constantFrom(
  undefined,
  'auto',
  'Standard_NC24ads_A100_v4',
  'Standard_NC24ads_A100_v4,Standard_NC40ads_H100_v5',
  'Standard_ND96isr_H200_v5,Standard_NC24ads_A100_v4',
  'Standard_ND96isr_H200_v5',
)

const PRESETS = [
  'phi-4-mini-instruct',
  'microsoft/Phi-4',
  'phi-3-mini-4k-instruct@kaito-0.4',
  'falcon-7b-instruct',
  'llama-3.1-8b-instruct',
  'gpt-oss-20b',
  'glm-5.2-fp8',
  'qwen2.5-coder-7b-instruct',
]

const annotations = fc
  .tuple(fc.constantFrom(...PRESETS), options, instanceTypes, fc.boolean())
  .map(([preset, rest, types, foreign]): JsonObject => {
    const listed = types === undefined ? {} : { 'instance-type': types }
    const ours = Object.entries({ ...rest, ...listed, preset }).map(
      ([name, value]) => [PREFIX + name, value] as const,
    )
    return Object.assign(
      foreign
        ? {
            'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{}}',
            'x.io/y': '',
            'kaito.sh/odd\u0007\nkey': 'x',
          }
        : {},
      Object.fromEntries(ours),
    )
  })

const metadata = fc
  .tuple(
    annotations,
    fc.constantFrom<JsonObject>(
      { name: 'phi' },
      { name: 'a-name-that-is-longer-than-a-label-may-be-so-it-has-to-be-shortened.v2' },
      { generateName: 'phi-' },
    ),
    some({
      managedFields: fc.constant([{ manager: 'kubectl', operation: 'Apply', fieldsV1: {} }]),
      finalizers: fc.constant(['x.io/f']),
      labels: fc.constant({ team: 'a' }),
    }),
  )
  .map(([own, name, rest]): JsonObject => Object.assign(rest, name, { annotations: own }))

/** An annotated Deployment or StatefulSet. */
export const arbitraryWorkload: fc.Arbitrary<JsonObject> = fc
  .tuple(
    metadata,
    template,
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constant('Deployment'), deploymentSpec) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('StatefulSet'), statefulSetSpec) },
    ),
    fc.boolean(),
  )
  .map(([own, pods, [kind, spec], hasStatus]): JsonObject => {
    const object = { apiVersion: 'apps/v1', kind, metadata: own, spec: withTemplate(spec, pods) }
    return hasStatus ? Object.assign(object, { status: { replicas: 1, conditions: [] } }) : object
  })

const GROUP_ANNOTATIONS = {
  'kaito.sh/preset': 'deepseek-v3-0324',
  'kaito.sh/instance-type': 'Standard_ND96isr_H100_v5',
}

/** An annotated StatefulSet whose two pods are one replica. */
export const arbitraryGroup: fc.Arbitrary<JsonObject> = fc
  .tuple(
    metadata,
    template,
    some({
      serviceName: orNull(fc.constantFrom('s', '')),
      podManagementPolicy: fc.constantFrom('Parallel', 'OrderedReady', ''),
      updateStrategy: orNull(
        fc.constantFrom<Json>(
          { type: 'OnDelete' },
          { type: 'RollingUpdate' },
          { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          { rollingUpdate: { partition: 1 } },
          {},
        ),
      ),
      ...unknownFields,
    }),
    fc.boolean(),
  )
  .map(([own, pods, spec, inNamespace]): JsonObject => {
    const place = inNamespace ? { namespace: 'models' } : {}
    const named = { name: 'group', annotations: Object.assign({}, own['annotations'], GROUP_ANNOTATIONS) }
    const annotated = Object.assign(without(own, 'generateName'), place, named)
    const all = withTemplate(Object.assign({}, spec, { replicas: 2 }), pods)
    return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: annotated, spec: all }
  })

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
}

const jobSpec = some({
  backoffLimit: orNull(fc.constantFrom(6, 0, 3)),
  backoffLimitPerIndex: fc.constantFrom(1, 2),
  podFailurePolicy: fc.constant({ rules: [{ action: 'Count', onPodConditions: [{ type: 'X' }] }] }),
  podReplacementPolicy: fc.constantFrom('TerminatingOrFailed', 'Failed'),
  activeDeadlineSeconds: fc.constantFrom(60, 7200),
  suspend: fc.boolean(),
  completions: fc.constant(3),
  ...unknownFields,
})

/** Pods of Jobs, most of which say what they run. */
const jobTemplate = fc
  .tuple(template, fc.constantFrom<Json | undefined>(undefined, 'Always', 'Never', 'OnFailure', null))
  .map(([pods, restartPolicy]): Json => {
    const spec = isObject(pods) && isObject(pods['spec']) ? pods['spec'] : {}
    const given = restartPolicy === undefined ? {} : { restartPolicy }
    const list = Array.isArray(spec['containers']) ? (spec['containers'] as readonly JsonObject[]) : []
    const own = list.map(one =>
      one['name'] === 'model' ? Object.assign({ command: ['python3', 'batch.py'] }, one) : one,
    )
    const all = own.length === 0 ? [{ name: 'model', command: ['true'] }] : own
    const jobPod = Object.assign(without(spec, 'restartPolicy'), given, { containers: all })
    return Object.assign({}, isObject(pods) ? pods : {}, { spec: jobPod })
  })

/** An annotated Job. */
export const arbitraryJob: fc.Arbitrary<JsonObject> = fc
  .tuple(metadata, jobTemplate, jobSpec)
  .map(([own, pods, spec]): JsonObject => {
    const all = Object.assign({}, spec, { template: pods })
    return { apiVersion: 'batch/v1', kind: 'Job', metadata: own, spec: all }
  })

/** A CronJob that makes such Jobs. */
export const arbitraryCronJob: fc.Arbitrary<JsonObject> = arbitraryJob.map(cronJobOf)

function cronJobOf(job: JsonObject): JsonObject {
  const own = job['metadata'] as JsonObject
  const ofJobs = own['annotations'] ?? {}
  const jobTemplateOf = { metadata: { annotations: ofJobs }, spec: job['spec'] ?? {} }
  const named = without(without(own, 'annotations'), 'generateName')
  const spec = { schedule: '0 3 * * *', jobTemplate: jobTemplateOf }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: Object.assign(named, { name: 'nightly' }),
    spec,
  }
}

const TUNING_INPUTS = [
  { 'tuning-input-urls': 'https://data.example/a.csv?s=$(X)' },
  { 'tuning-input-image': 'registry.example/data' },
]
const TUNING_OUTPUT = {
  'tuning-output-image': 'registry.example/tone:1',
  'tuning-output-image-push-secret': 'push',
}
const OF_SERVERS = ['adapters', 'api-key-secret', 'max-model-len', 'weights']

/** An annotated Job that trains: the data are on a volume of the user's where it happens to have one of that name. */
export const arbitraryTuningJob: fc.Arbitrary<JsonObject> = fc
  .tuple(
    arbitraryJob,
    fc.constantFrom('phi-4-mini-instruct', 'phi-3-mini-4k-instruct', 'phi-2', 'mistral-7b-v0.3'),
    fc.constantFrom('lora', 'qlora'),
    fc.constantFrom(...TUNING_INPUTS),
    fc.boolean(),
  )
  .map(([job, preset, method, input, isPushed]): JsonObject => {
    const { metadata: own = {}, spec = {} } = job as { metadata?: JsonObject; spec?: JsonObject }
    const pods = spec['template'] as JsonObject
    const podSpec = pods['spec'] as JsonObject
    const volumes = (Array.isArray(podSpec['volumes']) ? podSpec['volumes'] : []) as readonly JsonObject[]
    const hasData = volumes.some(one => one['name'] === 'data')
    const tuning = {
      preset,
      'tuning-method': method,
      ...(hasData ? {} : input),
      ...(isPushed && TUNING_OUTPUT),
    }
    const kept = OF_SERVERS.reduce(
      (one, name) => without(one, PREFIX + name),
      own['annotations'] as JsonObject,
    )
    const ours = Object.entries(tuning).map(([name, value]) => [PREFIX + name, value] as const)
    const results = isPushed ? {} : { volumes: [...volumes, { name: 'results', emptyDir: {} }] }
    const bare = (podSpec['containers'] as readonly JsonObject[]).map(one =>
      one['name'] === 'model' ? without(without(one, 'command'), 'image') : one,
    )
    const trained = Object.assign({}, pods, {
      spec: Object.assign({}, podSpec, results, { containers: bare }),
    })
    const annotated = Object.assign({}, own, { annotations: Object.assign(kept, Object.fromEntries(ours)) })
    return Object.assign({}, job, {
      metadata: annotated,
      spec: Object.assign({}, spec, { template: trained }),
    })
  })

/** A CronJob that makes such Jobs. */
export const arbitraryTuningCronJob: fc.Arbitrary<JsonObject> = arbitraryTuningJob.map(cronJobOf)

function withTemplate(spec: JsonObject, pods: Json | undefined): JsonObject {
  const selector = { matchLabels: { app: 'x' } }
  return pods === undefined ? { selector, ...spec } : { selector, ...spec, template: pods }
}
