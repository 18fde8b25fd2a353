// Pipeline: cli. `release`, the break-glass: opens kaito-native's gate on pods by hand, with nothing but the API server, so
// that no pod is held by a controller that is gone. It can be repeated.
import { kubeEnvironment } from '../config.ts'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { ClusterClient, ResourcePath } from '../core/ports.ts'
import { PODS, REPLICA_SETS, workloadsPath } from '../core/resource-paths.ts'
import { DEPLOYMENT } from '../core/workload/deployment.ts'
import { JOB } from '../core/workload/job.ts'
import { STATEFUL_SET } from '../core/workload/stateful-set.ts'
import { createClusterClient } from '../kube/cluster-client.ts'
import { ApiError, isConflict, isInvalid, isNotFound } from '../kube/errors.ts'
import type { KubeEnvironment } from '../kube/kubeconfig.ts'
import { withCluster, type ClusterOptions } from './cluster-access.ts'
import { formatJson } from './format/json.ts'
import { formatTable } from './format/table.ts'
import { CommandError, type Io } from './io.ts'
import { isHeld, otherGatesOf, releaseOperations } from './release-patch.ts'
import { formatTarget, type Target, type TargetKind } from './target.ts'

/** The command line. */
export interface ReleaseOptions extends ClusterOptions {
  readonly target: Target & { readonly kind: HoldingKind }
  readonly output: 'table' | 'json'
}

/** What became of one pod that was held. */
export interface ReleasedPod {
  readonly namespace: string
  readonly name: string
  readonly released: boolean
  /** Gates of others, which still hold it. */
  readonly otherGates: readonly string[]
  /** Why it was not released; empty when it was. */
  readonly message: string
}

/** What pods are released of; a CronJob has none of its own. */
type HoldingKind = Exclude<TargetKind, 'CronJob'>

const PATHS: Readonly<Record<HoldingKind, ResourcePath>> = {
  Deployment: workloadsPath(DEPLOYMENT),
  StatefulSet: workloadsPath(STATEFUL_SET),
  Job: workloadsPath(JOB),
  Pod: PODS,
}
/** The kubelet does not write to a gated pod, but controllers may label it in between. */
const ATTEMPTS = 5

/** Runs the command; the exit code is 1 where a pod could not be released. */
export async function runRelease(
  options: ReleaseOptions,
  io: Io,
  environment: KubeEnvironment = kubeEnvironment(),
): Promise<number> {
  const { target } = options
  return await withCluster(options, environment, async access => {
    const client = createClusterClient(access.client)
    const held = (await podsOf(client, access.namespace, target)).filter(isHeld)
    const done: ReleasedPod[] = []
    for (const pod of held) done.push(await releasePod(client, pod))
    report(done, options, io)
    return done.every(({ released }) => released) ? 0 : 1
  })
}

async function podsOf(
  client: ClusterClient,
  namespace: string,
  { kind, name }: ReleaseOptions['target'],
): Promise<readonly JsonObject[]> {
  const object = await client.get(PATHS[kind], { namespace, name }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    throw new CommandError([`there is no ${formatTarget({ kind, name })} in namespace ${namespace}`])
  })
  if (kind === 'Pod') return [object]
  const owners =
    kind === 'Deployment'
      ? (await client.list(REPLICA_SETS, {}, namespace)).filter(one => isControlledBy(one, [object]))
      : [object]
  // A gated pod is Pending.
  const pods = await client.list(PODS, { fieldSelector: 'status.phase=Pending' }, namespace)
  return pods.filter(pod => isControlledBy(pod, owners))
}

function isControlledBy(object: JsonObject, owners: readonly JsonObject[]): boolean {
  const references = listAt(objectAt(object, 'metadata'), 'ownerReferences').filter(isObject)
  const uid = references.find(one => one['controller'] === true)?.['uid']
  return owners.some(owner => objectAt(owner, 'metadata')['uid'] === uid)
}

async function releasePod(client: ClusterClient, held: JsonObject): Promise<ReleasedPod> {
  const metadata = objectAt(held, 'metadata')
  const id = { namespace: stringAt(metadata, 'namespace') ?? '', name: stringAt(metadata, 'name') ?? '' }
  try {
    const pod = await openGate(client, id, held)
    return { ...id, released: true, otherGates: otherGatesOf(pod), message: '' }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { ...id, released: false, otherGates: otherGatesOf(held), message: error.message }
  }
}

/** The pod as it is afterwards; somebody else may have opened the gate meanwhile. */
async function openGate(
  client: ClusterClient,
  id: { readonly namespace: string; readonly name: string },
  held: JsonObject,
): Promise<JsonObject> {
  let pod = held
  for (let attempt = 1; isHeld(pod); attempt++) {
    try {
      return await client.patch(PODS, id, 'json-patch', releaseOperations(pod))
    } catch (error) {
      if (attempt === ATTEMPTS || !(isConflict(error) || isInvalid(error))) throw error
      pod = await client.get(PODS, id)
    }
  }
  return pod
}

function report(done: readonly ReleasedPod[], { target, output }: ReleaseOptions, io: Io): void {
  if (output === 'json') io.out(formatJson(done))
  else if (done.length > 0) io.out(formatTable(HEADS, done.map(cells)))
  if (done.length === 0) io.err(`kaito-native holds no pod of ${formatTarget(target)}`)
  for (const { name, released, message } of done) if (!released) io.err(`error: pod/${name}: ${message}`)
  if (!done.some(({ released }) => released)) return
  io.err('Released pods get no node from kaito-native: kube-scheduler puts them where there is room.')
  if (target.kind !== 'Pod')
    io.err('New pods of the workload wait again; kaito.sh/provisioning: none makes pods that do not.')
}

const HEADS = ['POD', 'RELEASED', 'OTHER GATES']

function cells({ name, released, otherGates }: ReleasedPod): readonly string[] {
  return [name, released ? 'yes' : 'no', otherGates.length === 0 ? '-' : otherGates.join(',')]
}
