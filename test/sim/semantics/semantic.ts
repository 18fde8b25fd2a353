// One thing that the simulator takes for granted about Kubernetes or Karpenter, as requests and what must come of them. The
// same function runs against the simulator (semantics.test.ts) and against the real thing (semantics.cluster.test.ts).
import {
  isObject,
  listAt,
  objectAt,
  stringAt,
  type Json,
  type JsonObject,
} from '../../../src/core/api/json.ts'
import type { WatchHandler, WatchTarget } from '../../../src/core/ports.ts'

export interface Answer {
  readonly status: number
  readonly body: JsonObject
}

export interface SubjectCluster {
  request(method: string, path: string, body?: Json, contentType?: string): Promise<Answer>
  /** The first answer that is not undefined, once time has brought it. */
  until<T>(what: string, check: () => Promise<T | undefined>): Promise<T>
  /** Machines of this instance type and no other are not to be had. */
  setScarce(instanceType: string): void
  /** Watches until the check is over. */
  watch(target: WatchTarget, handler: WatchHandler): void
  /** All watches lose their place; what is done meanwhile is done before they list again. */
  loseWatches(meanwhile: () => Promise<void>): Promise<void>
  /** Its kubelet falls silent. */
  failNode(name: string): Promise<void>
  /** Somebody's admission refuses every claim from now on, with these words. */
  refuseClaims(message: string): Promise<void>
}

export interface Semantic {
  readonly name: string
  readonly check: (cluster: SubjectCluster) => Promise<void>
}

export const PODS = '/api/v1/namespaces/default/pods'
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
export const STATEFUL_SETS = '/apis/apps/v1/namespaces/default/statefulsets'
export const REPLICA_SETS = '/apis/apps/v1/namespaces/default/replicasets'
export const JOBS = '/apis/batch/v1/namespaces/default/jobs'
export const SERVICES = '/api/v1/namespaces/default/services'
export const CLAIMS = '/apis/karpenter.sh/v1/nodeclaims'

export const JSON_PATCH = 'application/json-patch+json'
export const MERGE_PATCH = 'application/merge-patch+json'
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json'

const GATE = 'kaito.sh/waiting-for-node'

/** Gated, unless other gates are given. */
export function makePod(name: string, gates: readonly string[] = [GATE], spec: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...makePodSpec(gates), ...spec } }
}

export function makePodSpec(gates: readonly string[] = [GATE]): JsonObject {
  return {
    containers: [{ name: 'model', image: 'example.test/model:1' }],
    ...(gates.length > 0 && { schedulingGates: gates.map(name => ({ name })) }),
  }
}

export function makeWorkload(
  kind: 'Deployment' | 'StatefulSet',
  name: string,
  spec: JsonObject = {},
): JsonObject {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: makePodSpec() },
      ...(kind === 'StatefulSet' && { serviceName: name, podManagementPolicy: 'Parallel' }),
      ...spec,
    },
  }
}

/** One pod, no second try, disruptions ignored: what kaito-native makes of a Job. */
export function makeJob(name: string): JsonObject {
  const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }]
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions }] },
      template: { metadata: { labels: { app: name } }, spec: { ...makePodSpec(), restartPolicy: 'Never' } },
    },
  }
}

export function metadataOf(object: JsonObject): JsonObject {
  return objectAt(object, 'metadata')
}

export function nameOf(object: JsonObject): string {
  return stringAt(metadataOf(object), 'name') ?? ''
}

export function uidOf(object: JsonObject): string {
  return stringAt(metadataOf(object), 'uid') ?? ''
}

export function versionOf(object: JsonObject): string {
  return stringAt(metadataOf(object), 'resourceVersion') ?? ''
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return listAt(objectAt(object, 'status'), 'conditions')
    .filter(isObject)
    .find(one => one['type'] === type)
}

/** The items of a list that belong to an app and are not on their way out. */
export async function listOf(
  cluster: SubjectCluster,
  path: string,
  app: string,
): Promise<readonly JsonObject[]> {
  const { body } = await cluster.request('GET', path)
  return listAt(body, 'items')
    .filter(isObject)
    .filter(item => objectAt(metadataOf(item), 'labels')['app'] === app)
    .filter(item => metadataOf(item)['deletionTimestamp'] === undefined)
}

/** So many of them. */
export async function untilThereAre(
  cluster: SubjectCluster,
  count: number,
  path: string,
  app: string,
): Promise<readonly JsonObject[]> {
  return await cluster.until(`${count} of ${app} at ${path}`, async () => {
    const found = await listOf(cluster, path, app)
    return found.length === count ? found : undefined
  })
}

export async function untilGone(cluster: SubjectCluster, path: string): Promise<void> {
  await cluster.until(`${path} is gone`, async () =>
    (await cluster.request('GET', path)).status === 404 ? true : undefined,
  )
}
