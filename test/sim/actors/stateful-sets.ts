// Simulator: the StatefulSet controller in small, for podManagementPolicy Parallel: RollingUpdate replaces one pod after the
// other, OnDelete none. It throws foreign conditions away whenever it writes status, as the real one does.
import { hashHex } from '../../../src/core/api/hash.ts'
import { canonicalJson, type Json } from '../../../src/core/api/json.ts'
import type { ApiServer } from '../api/api-server.ts'
import { isLeaving, type Pod, type Workload } from '../api/objects.ts'
import { ifThere, startActor } from './actor.ts'
import { createPod, hasEnded, isReadyPod, podsOf, referenceTo } from './pods.ts'

const BY = 'statefulset-controller'
const REVISION = 'controller-revision-hash'

export function startStatefulSets(api: ApiServer): void {
  startActor(api, {
    name: BY,
    watches: ['statefulsets', 'pods'],
    delay: { leastMs: 5, mostMs: 400 },
    reconcile: () => {
      for (const set of api.all('statefulsets')) if (!isLeaving(set)) reconcile(api, set)
    },
  })
}

function reconcile(api: ApiServer, set: Workload): void {
  const { replicas = 1, template } = set.spec
  const revision = `${set.metadata.name}-${hashHex(canonicalJson(template as unknown as Json), 8)}`
  keepRevision(api, set, revision)
  const pods = podsOf(api, set.metadata.uid)
  const names = Array.from({ length: replicas }, (_, index) => `${set.metadata.name}-${index}`)
  for (const name of names) keepOne(api, set, name, revision, pods)
  for (const { metadata } of pods.filter(pod => !names.includes(pod.metadata.name) && !isLeaving(pod)))
    ifThere(() => api.remove(BY, 'pods', metadata))
  if (set.spec.updateStrategy?.type !== 'OnDelete') replaceOne(api, pods, names, revision)
  writeStatus(api, set, revision)
}

/** Before its first pod; old ones are never taken away here. */
function keepRevision(api: ApiServer, set: Workload, name: string): void {
  const { namespace = '' } = set.metadata
  if (api.find('controllerrevisions', { namespace, name }) !== undefined) return
  api.create(BY, 'controllerrevisions', {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      labels: set.spec.template.metadata.labels,
      ownerReferences: [referenceTo(set)],
    },
    data: { spec: { template: set.spec.template } },
  })
}

function keepOne(api: ApiServer, set: Workload, name: string, revision: string, pods: readonly Pod[]): void {
  const { namespace = '' } = set.metadata
  const present = pods.find(pod => pod.metadata.name === name)
  if (present === undefined) {
    if (api.find('pods', { namespace, name }) !== undefined) return
    const labels = {
      [REVISION]: revision,
      'apps.kubernetes.io/pod-index': name.slice(name.lastIndexOf('-') + 1),
    }
    createPod(api, BY, namespace, set.spec.template, { name, owner: referenceTo(set), labels })
  } else if (hasEnded(present) && !isLeaving(present)) api.remove(BY, 'pods', present.metadata)
}

/** From the last to the first, one at a time, each only when all others are ready. */
function replaceOne(api: ApiServer, pods: readonly Pod[], names: readonly string[], revision: string): void {
  const wanted = pods.filter(({ metadata }) => names.includes(metadata.name))
  const outdated = wanted.filter(({ metadata }) => metadata.labels?.[REVISION] !== revision)
  const victim = outdated.toSorted((left, right) => (left.metadata.name < right.metadata.name ? 1 : -1))[0]
  if (victim === undefined || isLeaving(victim)) return
  const others = wanted.filter(pod => pod !== victim)
  if (others.length === names.length - 1 && others.every(isReadyPod)) api.remove(BY, 'pods', victim.metadata)
}

function writeStatus(api: ApiServer, set: Workload, updateRevision: string): void {
  const pods = podsOf(api, set.metadata.uid)
  const replicas = pods.length
  const readyReplicas = pods.filter(isReadyPod).length
  const { status } = set
  const isSame =
    status.replicas === replicas &&
    status.readyReplicas === readyReplicas &&
    status.updateRevision === updateRevision
  if (isSame) return
  api.update(BY, 'statefulsets', set.metadata, current => ({
    ...current,
    status: { replicas, readyReplicas, updateRevision },
  }))
}
