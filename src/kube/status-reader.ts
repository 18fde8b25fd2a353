// Pipeline: kube. What `kaito-native status` shows, by lists: planned workloads, their pods and claims, and what machines
// those run on. A user may lack the right to look at nodes and claims: then nothing is said of them.
import type { JsonObject } from '../core/api/json.ts'
import type { ObservedClaim } from '../core/claim/observation.ts'
import { CLAIM_LABEL } from '../core/claim/backends/claim-keys.ts'
import { projectClaim } from '../core/claim/project-claim.ts'
import { projectConditions, projectController, projectIdentity } from '../core/claim/project-metadata.ts'
import { projectNode } from '../core/claim/project-node.ts'
import { isForeignPod, projectPod } from '../core/claim/project-pod.ts'
import { projectReplicaSet } from '../core/claim/project-related.ts'
import { projectWorkload } from '../core/claim/project-workload.ts'
import { INSTANCE_TYPE_LABEL } from '../core/claim/requirements.ts'
import { resolveWorkload } from '../core/claim/resolve-workload.ts'
import { WORKLOAD_LABEL } from '../core/template/steps/labels.ts'
import { CRON_JOB } from '../core/workload/cron-job.ts'
import { DEPLOYMENT } from '../core/workload/deployment.ts'
import { JOB } from '../core/workload/job.ts'
import type { ForeignPod, ObservedPod, ObservedWorkload } from '../core/workload/observed.ts'
import { STATEFUL_SET } from '../core/workload/stateful-set.ts'
import type { ResourcePath } from '../core/ports.ts'
import { NODES, PODS, REPLICA_SETS, workloadsPath } from '../core/resource-paths.ts'
import type { WorkloadKind } from '../core/workload/workload.ts'
import type { KubeClient } from './client.ts'
import { createClusterClient } from './cluster-client.ts'
import { isForbidden, isNotFound } from './errors.ts'

/** One look at the cluster. */
export interface StatusPicture {
  readonly workloads: readonly ObservedWorkload[]
  readonly cronJobs: readonly ObservedCronJob[]
  /** By the uid of their workload; none that has ended. */
  readonly pods: ReadonlyMap<string, readonly ObservedPod[]>
  readonly claims: readonly ObservedClaim[]
  /** Label node.kubernetes.io/instance-type by the node's name, of nodes on which these pods run. */
  readonly nodeTypes: ReadonlyMap<string, string>
}

/** A CronJob with a plan. */
export interface ObservedCronJob {
  readonly workload: ObservedWorkload
  /** Uids of its Jobs that have not ended, those that were made from it by hand too. */
  readonly activeJobs: ReadonlySet<string>
}

const KINDS: readonly WorkloadKind[] = [DEPLOYMENT, STATEFUL_SET, JOB]
const CURRENT: Query = {}
/** From then on any state that the API server has in memory will do, so that etcd is not asked each time. */
const FROM_MEMORY: Query = { resourceVersion: '0' }
const CLAIMS: readonly ResourcePath[] = [
  { base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' },
  { base: '/apis/karpenter.sh/v1alpha5', resource: 'machines' },
]

/** Looks again and again. */
export interface StatusReader {
  read(): Promise<StatusPicture>
}

/** Reads as often as asked; `namespace` undefined: all of them. */
export function createStatusReader(client: KubeClient, namespace: string | undefined): StatusReader {
  const nodeTypes = new Map<string, string>()
  let query = CURRENT
  return {
    async read() {
      const list: Lister = path => createClusterClient(client).list(path, query, namespace)
      const labelled: Lister = path =>
        createClusterClient(client).list(path, { ...query, labelSelector: WORKLOAD_LABEL }, namespace)
      const [[workloads, jobs], cronJobs, replicaSets, pods, claims] = await Promise.all([
        listWorkloads(list),
        allowed(list(workloadsPath(CRON_JOB))),
        labelled(REPLICA_SETS),
        labelled(PODS),
        listClaims(client, query),
      ])
      query = FROM_MEMORY
      const ours = project(pods, projectPod).filter(isOurs)
      await addNodeTypes(client, nodeTypes, ours)
      return {
        workloads,
        cronJobs: project(cronJobs ?? [], raw => projectCronJob(raw, jobs)),
        pods: byWorkload(ours, workloads, replicaSets),
        claims,
        nodeTypes,
      }
    },
  }
}

type Lister = (path: ResourcePath) => Promise<readonly JsonObject[]>
type Query = Readonly<Record<string, string>>

async function listWorkloads(
  list: Lister,
): Promise<[workloads: readonly ObservedWorkload[], jobs: readonly JsonObject[]]> {
  const lists = await Promise.all(KINDS.map(kind => list(workloadsPath(kind))))
  const workloads = KINDS.flatMap((kind, index) =>
    project(lists[index] ?? [], raw => projectWorkload(kind, raw)),
  )
  return [workloads, lists[KINDS.indexOf(JOB)] ?? []]
}

function projectCronJob(raw: JsonObject, jobs: readonly JsonObject[]): ObservedCronJob | undefined {
  const workload = projectWorkload(CRON_JOB, raw)
  if (workload === undefined) return undefined
  const own = jobs.filter(job => projectController(job)?.uid === workload.uid && !hasEnded(job))
  return { workload, activeJobs: new Set(project(own, projectIdentity).map(({ uid }) => uid)) }
}

function hasEnded(job: JsonObject): boolean {
  return projectConditions(job).some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )
}

function byWorkload(
  pods: readonly ObservedPod[],
  workloads: readonly ObservedWorkload[],
  replicaSets: readonly JsonObject[],
): StatusPicture['pods'] {
  const owners = {
    workloads: byUid(workloads),
    replicaSets: byUid(project(replicaSets, projectReplicaSet)),
  }
  return Map.groupBy(pods, pod => resolveWorkload(pod, owners)?.uid ?? '')
}

function isOurs(pod: ObservedPod | ForeignPod): pod is ObservedPod {
  return !isForeignPod(pod)
}

async function listClaims(client: KubeClient, query: Query): Promise<readonly ObservedClaim[]> {
  const lists = CLAIMS.map(path =>
    allowed(createClusterClient(client).list(path, { ...query, labelSelector: CLAIM_LABEL })),
  )
  return (await Promise.all(lists)).flatMap(list => project(list ?? [], projectClaim))
}

/** A node's type never changes: each node is asked for once. */
async function addNodeTypes(
  client: KubeClient,
  nodeTypes: Map<string, string>,
  pods: readonly ObservedPod[],
): Promise<void> {
  const names = new Set(pods.flatMap(({ nodeName }) => nodeName ?? []))
  const unknown = [...names].filter(name => !nodeTypes.has(name))
  const read = unknown.map(name => allowed(createClusterClient(client).get(NODES, { namespace: '', name })))
  for (const [index, node] of (await Promise.all(read)).entries()) {
    const labels = node === undefined ? {} : (projectNode(node)?.labels ?? {})
    nodeTypes.set(unknown[index] ?? '', labels[INSTANCE_TYPE_LABEL] ?? '')
  }
}

/** Undefined where it is not there, or we may not look. */
async function allowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return undefined
    throw error
  }
}

function project<T>(
  objects: readonly JsonObject[],
  projectOne: (raw: JsonObject) => T | undefined,
): readonly T[] {
  return objects.map(projectOne).filter(object => object !== undefined)
}

function byUid<T extends { readonly uid: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map(object => [object.uid, object]))
}
