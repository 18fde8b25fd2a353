// Simulator: the Deployment and the ReplicaSet controller in small: rolling updates within maxSurge and maxUnavailable.
// https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/controller/deployment/rolling.go
import { hashHex } from '../../../src/core/api/hash.ts'
import { canonicalJson, type Json } from '../../../src/core/api/json.ts'
import type { ApiServer } from '../api/api-server.ts'
import { controllerOf, isLeaving, type Workload } from '../api/objects.ts'
import { ifThere, startActor } from './actor.ts'
import { byExpendability, createPod, isActive, isReadyPod, podsOf, referenceTo } from './pods.ts'

const BY = 'deployment-controller'
const HASH_LABEL = 'pod-template-hash'

export function startDeployments(api: ApiServer): void {
  startActor(api, {
    name: BY,
    watches: ['deployments', 'replicasets', 'pods'],
    delay: { leastMs: 5, mostMs: 300 },
    reconcile: () => {
      for (const deployment of api.all('deployments')) if (!isLeaving(deployment)) roll(api, deployment)
    },
  })
  const random = api.world.random('pod names')
  startActor(api, {
    name: 'replicaset-controller',
    watches: ['replicasets', 'pods'],
    delay: { leastMs: 5, mostMs: 300 },
    reconcile: () => {
      for (const set of api.all('replicasets'))
        if (!isLeaving(set))
          fill(api, set, () =>
            random
              .below(36 ** 5)
              .toString(36)
              .padStart(5, '0'),
          )
    },
  })
}

function setsOf(api: ApiServer, { metadata }: Workload): readonly Workload[] {
  return api.all('replicasets').filter(set => controllerOf(set)?.uid === metadata.uid)
}

function roll(api: ApiServer, deployment: Workload): void {
  const { replicas = 1, template, strategy } = deployment.spec
  const { maxSurge = 0, maxUnavailable = 1 } = strategy?.rollingUpdate ?? {}
  const hash = hashHex(canonicalJson(template as unknown as Json), 8)
  const sets = setsOf(api, deployment)
  const current = sets.find(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash)
  if (current === undefined) return createSet(api, deployment, hash)
  const old = sets.filter(set => set !== current)
  const oldTotal = sum(old.map(sizeOf))
  const wanted = Math.min(replicas, Math.max(sizeOf(current), replicas + maxSurge - oldTotal))
  resize(api, current, wanted)
  if (oldTotal > 0) shrinkOld(api, current, old, replicas - maxUnavailable)
  writeStatus(api, deployment, sets)
}

/**
 * The unhealthy first, then as many ready ones as may be missed; what the new set still lacks counts as missing already, so
 * that a rollout whose new pods do not become ready goes no further: reconcileOldReplicaSets.
 */
function shrinkOld(api: ApiServer, current: Workload, old: readonly Workload[], minAvailable: number): void {
  const all = [current, ...old]
  const ready = new Map(all.map(({ metadata: { uid } }) => [uid, podsOf(api, uid).filter(isReadyPod).length]))
  const readyOf = (set: Workload): number => Math.min(sizeOf(set), ready.get(set.metadata.uid) ?? 0)
  let mayGo = sum(all.map(sizeOf)) - minAvailable - (sizeOf(current) - readyOf(current))
  let spare = sum(all.map(readyOf)) - minAvailable
  if (mayGo <= 0) return
  for (const set of old) {
    const unhealthy = Math.min(mayGo, sizeOf(set) - readyOf(set))
    const healthy = Math.max(0, Math.min(readyOf(set), spare))
    mayGo -= unhealthy
    spare -= healthy
    resize(api, set, sizeOf(set) - unhealthy - healthy)
  }
}

function sizeOf({ spec }: Workload): number {
  return spec.replicas ?? 0
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function resize(api: ApiServer, set: Workload, replicas: number): void {
  if (sizeOf(set) === replicas) return
  api.update(BY, 'replicasets', set.metadata, current => ({
    ...current,
    spec: { ...current.spec, replicas },
  }))
}

function createSet(api: ApiServer, deployment: Workload, hash: string): void {
  const { metadata, spec } = deployment
  const labels = { ...spec.template.metadata.labels, [HASH_LABEL]: hash }
  api.create(BY, 'replicasets', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace ?? '',
      labels,
      ownerReferences: [referenceTo(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
    status: {},
  })
}

function writeStatus(api: ApiServer, deployment: Workload, sets: readonly Workload[]): void {
  const pods = sets.flatMap(({ metadata }) => podsOf(api, metadata.uid)).filter(isActive)
  const replicas = pods.length
  const readyReplicas = pods.filter(isReadyPod).length
  const { status } = deployment
  if (status.replicas === replicas && status.readyReplicas === readyReplicas) return
  api.update(BY, 'deployments', deployment.metadata, current => ({
    ...current,
    status: { ...current.status, replicas, readyReplicas },
  }))
}

function fill(api: ApiServer, set: Workload, suffix: () => string): void {
  const pods = podsOf(api, set.metadata.uid).filter(isActive)
  const { namespace = '', name } = set.metadata
  for (let missing = sizeOf(set) - pods.length; missing > 0; missing -= 1)
    createPod(api, 'replicaset-controller', namespace, set.spec.template, {
      name: `${name}-${suffix()}`,
      owner: referenceTo(set),
    })
  const surplus = pods.toSorted(byExpendability).slice(0, Math.max(0, pods.length - sizeOf(set)))
  for (const { metadata } of surplus) ifThere(() => api.remove('replicaset-controller', 'pods', metadata))
}
