// What the API server does to a workload before a webhook sees it, and again before it is stored: it decodes
// (nulls and what `omitempty` drops are gone) and fills in defaults. Written from k8s.io/kubernetes pkg/apis/apps/v1, batch/v1
// and core/v1 defaults.go (1.35), not from the product's own table, so that the two can disagree.
import { isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'

type Mutable = Record<string, Json | undefined>

/** The object as a webhook gets it, and as it is stored. */
export function defaulted(object: JsonObject): JsonObject {
  const decoded = decode(object) as Mutable
  const spec = child(decoded, 'spec')
  const kind = decoded['kind']
  if (kind === 'Deployment') defaultDeployment(spec)
  else if (kind === 'StatefulSet') defaultStatefulSet(spec)
  else if (kind === 'Job') defaultJob(spec)
  const jobSpec = kind === 'CronJob' ? defaultCronJob(spec) : spec
  const template = child(jobSpec, 'template')
  child(template, 'metadata')['creationTimestamp'] = null
  defaultPod(child(template, 'spec'))
  return decoded
}

/** Maps whose empty texts are values, and which are dropped when they are empty themselves. */
const MAPS = new Set(['labels', 'annotations', 'matchLabels', 'limits', 'requests', 'nodeSelector'])

function decode(value: Json, key = ''): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(entry => decode(entry))
  if (!isObject(value)) return value
  const kept: Mutable = {}
  for (const [name, member] of Object.entries(value)) {
    const decoded = member === undefined || member === null ? undefined : decode(member, name)
    if (decoded === undefined || (decoded === '' && !MAPS.has(key)) || isDropped(name, decoded)) continue
    const isQuantity = key === 'limits' || key === 'requests'
    const text = isQuantity && typeof decoded === 'number' ? String(decoded) : decoded
    Object.defineProperty(kept, name, { value: text, enumerable: true, configurable: true, writable: true })
  }
  return kept
}

function isDropped(name: string, value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0
  return MAPS.has(name) && isObject(value) && Object.keys(value).length === 0
}

function defaultDeployment(spec: Mutable): void {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  const strategy = child(spec, 'strategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate')
    fill(child(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' })
}

function defaultStatefulSet(spec: Mutable): void {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' })
  const strategy = child(spec, 'updateStrategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { partition: 0 })
}

function defaultJob(spec: Mutable): void {
  fill(spec, {
    completions: 1,
    parallelism: 1,
    backoffLimit: Object.hasOwn(spec, 'backoffLimitPerIndex') ? 2_147_483_647 : 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: Object.hasOwn(spec, 'podFailurePolicy') ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: false,
  })
}

/** The spec of its Jobs, whose own defaults come when they are made; pods get theirs here too. */
function defaultCronJob(spec: Mutable): Mutable {
  fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  })
  return child(child(spec, 'jobTemplate'), 'spec')
}

function defaultPod(pod: Mutable): void {
  fill(pod, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  })
  for (const container of [...entries(pod, 'containers'), ...entries(pod, 'initContainers')])
    defaultContainer(container)
  for (const volume of entries(pod, 'volumes')) defaultVolume(volume)
}

function defaultContainer(container: Mutable): void {
  fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(container['image']),
    resources: {},
  })
  for (const port of entries(container, 'ports')) fill(port, { protocol: 'TCP' })
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) defaultProbe(container[probe])
  for (const variable of entries(container, 'env')) defaultFieldRef(variable['valueFrom'])
}

/** `Always` for a tag that is or means `latest`. */
function pullPolicy(image: Json | undefined): string {
  if (typeof image !== 'string') return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  return !last.includes('@') && (!last.includes(':') || last.endsWith(':latest')) ? 'Always' : 'IfNotPresent'
}

function defaultProbe(probe: Json | undefined): void {
  if (!isObject(probe)) return
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  if (isObject(probe['httpGet'])) fill(probe['httpGet'], { path: '/', scheme: 'HTTP' })
}

function defaultFieldRef(source: Json | undefined): void {
  if (isObject(source) && isObject(source['fieldRef'])) fill(source['fieldRef'], { apiVersion: 'v1' })
}

const WITH_MODE = ['configMap', 'secret', 'downwardAPI', 'projected']

function defaultVolume(volume: Mutable): void {
  for (const source of WITH_MODE) if (isObject(volume[source])) fill(volume[source], { defaultMode: 420 })
  for (const item of entries(volume['downwardAPI'], 'items')) defaultFieldRef(item)
  if (isObject(volume['image']))
    fill(volume['image'], { pullPolicy: pullPolicy(volume['image']['reference']) })
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {}
}

/** Sets what is absent. The objects are decode's own copies. */
function fill(target: Mutable, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults))
    if (!Object.hasOwn(target, key)) target[key] = structuredClone(value)
}

function child(parent: Mutable, key: string): Mutable {
  const found = parent[key]
  if (isObject(found)) return found
  const made: Mutable = {}
  parent[key] = made
  return made
}

function entries(parent: Json | undefined, key: string): readonly Mutable[] {
  const list = isObject(parent) ? parent[key] : undefined
  return Array.isArray(list) ? (list as readonly Json[]).filter(isObject) : []
}
