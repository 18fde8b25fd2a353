// Shell: controller. All caches together: the picture that the planner sees. Watches and the answers to our own writes put
// in, the round reads, all in one thread: there are no locks.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import { GPU } from '../core/api/resources.ts'
import type { ObservedClaim, ObservedNode, Observation, Provisioner } from '../core/claim/observation.ts'
import { CLAIM_LABEL } from '../core/claim/backends/claim-keys.ts'
import { projectClaim } from '../core/claim/project-claim.ts'
import { projectNode } from '../core/claim/project-node.ts'
import {
  projectConfigMap,
  projectReplicaSet,
  projectRevision,
  projectService,
} from '../core/claim/project-related.ts'
import { projectFormerWorkload, projectWorkload } from '../core/claim/project-workload.ts'
import type { ResourcePath, WatchHandler, WatchTarget } from '../core/ports.ts'
import {
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  EVENTS,
  NODES,
  PODS,
  REPLICA_SETS,
  SERVICES,
  workloadsPath,
} from '../core/resource-paths.ts'
import { DEPLOYMENT } from '../core/workload/deployment.ts'
import { JOB } from '../core/workload/job.ts'
import {
  TUNING_CONFIG_LABEL,
  type ObservedConfigMap,
  type ObservedObject,
  type ObservedOwner,
  type ObservedRevision,
  type ObservedService,
  type ObservedWorkload,
} from '../core/workload/observed.ts'
import { STATEFUL_SET } from '../core/workload/stateful-set.ts'
import type { WorkloadKind } from '../core/workload/workload.ts'
import { createCache } from './cache.ts'
import { createClaimEvents } from './claim-events.ts'
import { createPodCache } from './pod-cache.ts'
import { createPolicyCache, type PolicyCache } from './policy-cache.ts'

/** A watch, and where it writes. */
export interface Feed {
  readonly target: WatchTarget
  readonly handler: WatchHandler
  /** How soon it is looked for again where it is not served; absent: the watch's own time. */
  readonly notServedDelayMs?: number
}

/** Fed by watches and by the answers to our writes. */
export interface ClusterCache {
  /** The watches that every cluster needs. */
  readonly feeds: readonly Feed[]
  /** The watches of claims, where they are served, and of the Events about them. */
  claimFeeds(claims: ResourcePath, kind: string): readonly Feed[]
  /** The picture as it is now. Claims that have gone since the last call are in it once. */
  observe(provisioner: Provisioner | undefined): Observation
  /** Those that there are, and where they apply. */
  readonly policies: Pick<PolicyCache, 'policies' | 'index'>
  /** By `namespace/name`. */
  services(): ReadonlyMap<string, ObservedService>
  /** Those with settings of tuning, by `namespace/name`. */
  configMaps(): ReadonlyMap<string, ObservedConfigMap>
  /** Puts the answer to one of our writes in. */
  written(resource: string, object: JsonObject): void
  /** The API server says that it is not there. */
  forget(resource: string, uid: string): void
}

/** Of the template: ReplicaSets and ControllerRevisions take it over, so the API server does the filtering. */
const LABELLED = { labelSelector: 'kaito.sh/workload' }
const SETTINGS = { labelSelector: TUNING_CONFIG_LABEL }

/** Empty caches; `onChange` is called whenever a plan might come out differently. */
export function createClusterCache(onChange: () => void): ClusterCache {
  const nodes = createNodes(onChange)
  const pods = createPodCache(onChange, nodes.matters)
  const gone: ObservedClaim[] = []
  const claims = createCache<ObservedClaim>({
    project: projectClaim,
    onChange(_uid, previous, next) {
      if (previous !== undefined && next === undefined) gone.push(previous)
      onChange()
    },
  })
  const workloads = createWorkloads(onChange)
  const replicaSets = createCache<ObservedOwner>({ project: projectReplicaSet, onChange })
  const revisions = createRevisions(onChange)
  const services = createCache<ObservedService>({ project: projectService, onChange })
  const configMaps = createCache<ObservedConfigMap>({ project: projectConfigMap, onChange })
  const events = createClaimEvents(onChange)
  const policies = createPolicyCache(onChange)
  const caches: Readonly<Record<string, Pick<typeof claims, 'written' | 'forget'>>> = {
    pods: pods.cache,
    services,
    configmaps: configMaps,
    nodeclaims: claims,
    machines: claims,
    deployments: workloads.deployments,
    statefulsets: workloads.statefulSets,
    jobs: workloads.jobs,
    presetpolicies: policies.policies,
  }
  return {
    feeds: [
      { target: { path: PODS }, handler: pods.cache.handler },
      { target: { path: NODES }, handler: nodes.cache.handler },
      { target: { path: SERVICES }, handler: services.handler },
      { target: { path: CONFIG_MAPS, query: SETTINGS }, handler: configMaps.handler },
      { target: { path: REPLICA_SETS, query: LABELLED }, handler: replicaSets.handler },
      { target: { path: CONTROLLER_REVISIONS, query: LABELLED }, handler: revisions.handler },
      { target: { path: workloadsPath(DEPLOYMENT) }, handler: workloads.deployments.handler },
      { target: { path: workloadsPath(STATEFUL_SET) }, handler: workloads.statefulSets.handler },
      { target: { path: workloadsPath(JOB) }, handler: workloads.jobs.handler },
      ...policies.feeds,
    ],
    claimFeeds: (path, kind) => [
      // Not by label: a claim whose label was taken away is ours all the same.
      { target: { path }, handler: claims.handler },
      {
        target: { path: EVENTS, query: { fieldSelector: `involvedObject.kind=${kind},type=Warning` } },
        handler: events.handler,
      },
    ],
    observe: provisioner => ({
      pods: [...pods.ours.values()],
      foreignPods: new Map(
        nodes.relevant().map(({ name }) => [name, [...(pods.foreign.get(name)?.values() ?? [])]]),
      ),
      nodes: nodes.relevant(),
      claims: [...claims.objects.values()],
      goneClaims: gone.splice(0),
      claimEvents: events.byClaim,
      workloads: workloads.byUid,
      replicaSets: replicaSets.objects,
      revisions: revisions.byKey,
      policiesOf: namespace => policies.index.policiesOf(namespace),
      provisioner,
    }),
    policies,
    services: () => byName(services.objects.values()),
    configMaps: () => byName(configMaps.objects.values()),
    written: (resource, object) => caches[resource]?.written(object),
    forget: (resource, uid) => caches[resource]?.forget(uid),
  }
}

function byName<T extends ObservedObject>(objects: Iterable<T>): ReadonlyMap<string, T> {
  return new Map([...objects].map(object => [`${object.namespace}/${object.name}`, object]))
}

function createRevisions(onChange: () => void) {
  const byKey = new Map<string, ObservedRevision>()
  const { handler } = createCache<ObservedRevision>({
    project: projectRevision,
    onChange(_uid, previous, next) {
      if (previous !== undefined) byKey.delete(`${previous.namespace}/${previous.name}`)
      if (next !== undefined) byKey.set(`${next.namespace}/${next.name}`, next)
      onChange()
    },
  })
  return { handler, byKey }
}

/** Only nodes with GPUs or of a claim of ours can ever be chosen. */
function createNodes(onChange: () => void) {
  const relevant = new Map<string, ObservedNode>()
  const cache = createCache<ObservedNode>({
    project: projectNode,
    onChange(_uid, previous, next) {
      const was = previous !== undefined && relevant.delete(previous.name)
      const is = next !== undefined && isRelevant(next)
      if (is) relevant.set(next.name, next)
      if (was || is) onChange()
    },
  })
  return { cache, matters: (name: string) => relevant.has(name), relevant: () => [...relevant.values()] }
}

function isRelevant({ allocatable, labels }: ObservedNode): boolean {
  return (allocatable[GPU] ?? 0) > 0 || labels[CLAIM_LABEL] !== undefined
}

function createWorkloads(onChange: () => void) {
  const byUid = new Map<string, ObservedWorkload>()
  const isKnown = (raw: JsonObject): boolean => byUid.has(stringAt(objectAt(raw, 'metadata'), 'uid') ?? '')
  const cacheOf = (kind: WorkloadKind) =>
    createCache<ObservedWorkload>({
      project: raw => projectWorkload(kind, raw) ?? projectFormerWorkload(kind, raw, isKnown(raw)),
      onChange(uid, _previous, next) {
        if (next === undefined) byUid.delete(uid)
        else byUid.set(uid, next)
        onChange()
      },
    })
  return {
    byUid,
    deployments: cacheOf(DEPLOYMENT),
    statefulSets: cacheOf(STATEFUL_SET),
    jobs: cacheOf(JOB),
  }
}
