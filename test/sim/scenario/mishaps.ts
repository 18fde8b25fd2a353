// Simulator: carries the mishaps of a scenario out.
import type { ApiServer } from '../api/api-server.ts'
import { ifThere } from '../actors/actor.ts'
import type { Machines } from '../actors/machines.ts'
import type { Supply } from '../actors/supply.ts'
import { podsOf } from '../actors/pods.ts'
import { controllerOf, isLeaving, type Node, type Pod, type Workload } from '../api/objects.ts'
import type { ControllerProcess } from '../controller/process.ts'
import type { Mishap } from './scenario.ts'
import { createWorkload, findWorkload, resourceOf, templateOf, type WorkloadSpec } from './workloads.ts'

export interface MishapParts {
  readonly api: ApiServer
  readonly machines: Machines
  readonly supply: Supply
  readonly processes: readonly ControllerProcess[]
  readonly specs: readonly WorkloadSpec[]
  /** How often a workload has been rolled out. */
  readonly images: Map<string, number>
  refuseClaimsUntil(ms: number): void
}

type Of<T extends Mishap['type']> = Extract<Mishap, { readonly type: T }>
type Run<M extends Mishap> = (mishap: M, parts: MishapParts) => void

export function carryOut(mishap: Mishap, parts: MishapParts): void {
  parts.api.world.tell('mishap', () => JSON.stringify(mishap))
  const run = RUNS[mishap.type] as Run<Mishap>
  ifThere(() => run(mishap, parts))
}

const RUNS: { readonly [T in Mishap['type']]: Run<Of<T>> } = {
  scale: ({ workload, replicas }, parts) =>
    change(parts, workload, (current, spec) =>
      spec.kind === 'Job' || spec.kind === 'Group'
        ? current
        : { ...current, spec: { ...current.spec, replicas } },
    ),
  'roll-out': ({ workload }, parts) =>
    change(parts, workload, (current, spec) => {
      if (spec.kind === 'Job') return current
      const image = (parts.images.get(spec.name) ?? 1) + 1
      parts.images.set(spec.name, image)
      return { ...current, spec: { ...current.spec, template: templateOf(spec, String(image)) } }
    }),
  unannotate: ({ workload }, parts) =>
    change(parts, workload, current => {
      const { 'kaito.sh/preset': _, ...annotations } = current.metadata.annotations ?? {}
      return { ...current, metadata: { ...current.metadata, annotations } }
    }),
  'delete-pod': ({ workload }, { api, specs }) => {
    const pod = podsOfWorkload(api, specs, workload).find(one => !isLeaving(one))
    if (pod !== undefined) api.remove('user', 'pods', pod.metadata)
  },
  'delete-workload': ({ workload, foreground, comesBack }, parts) => {
    const spec = specOf(parts.specs, workload)
    if (spec === undefined) return
    parts.api.remove('user', resourceOf(spec), spec, { foreground })
    if (comesBack) parts.api.world.after(20_000, () => again(parts.api, spec))
  },
  'delete-namespace': ({ namespace }, { api }) => {
    for (const resource of [
      'deployments',
      'statefulsets',
      'jobs',
      'replicasets',
      'controllerrevisions',
      'pods',
      'services',
    ] as const)
      for (const { metadata } of api.all(resource))
        if (metadata.namespace === namespace)
          ifThere(() => api.remove('namespace-controller', resource, metadata))
  },
  suspend: ({ workload }, parts) => suspend(parts, workload, true),
  resume: ({ workload }, parts) => suspend(parts, workload, false),
  cordon: ({ index }, { api }) => cordon(api, index, true),
  uncordon: ({ index }, { api }) => cordon(api, index, false),
  'delete-node': ({ index }, { api, machines }) => {
    const node = at(api.all('nodes'), index)
    if (node === undefined) return
    if (node.metadata.labels?.['kaito.sh/claim'] !== undefined) {
      const claim = api.all('nodeclaims').find(({ status }) => status.nodeName === node.metadata.name)
      if (claim !== undefined) api.remove('user', 'nodeclaims', claim.metadata)
    } else {
      machines.remove(node.metadata.name)
      api.remove('user', 'nodes', node.metadata)
    }
  },
  'fail-node': ({ index }, { api, machines }) =>
    machines.fail(at(api.all('nodes'), index)?.metadata.name ?? ''),
  'recover-node': ({ index }, { api, machines }) =>
    machines.recover(at(api.all('nodes'), index)?.metadata.name ?? ''),
  'delete-claim': ({ index }, { api }) => {
    const claim = at(api.all('nodeclaims'), index)
    if (claim !== undefined && !isLeaving(claim)) api.remove('user', 'nodeclaims', claim.metadata)
  },
  'foreign-pod': (mishap, { api }) => intrude(api, mishap),
  'urgent-pod': (mishap, { api }) => displace(api, mishap),
  protect: ({ workload }, { api, specs }) => {
    const spec = specOf(specs, workload)
    if (spec === undefined) return
    const { namespace, name } = spec
    api.create('user', 'poddisruptionbudgets', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { namespace, name },
      spec: { maxUnavailable: 0, selector: { matchLabels: templateOf(spec, '1').metadata.labels } },
    })
  },
  capacity: ({ instanceType, machines }, { supply }) => supply.set(instanceType, machines),
  'refuse-claims': ({ lastsMs }, parts) => parts.refuseClaimsUntil(parts.api.world.now() + lastsMs),
  crash: ({ process }, { processes }) => processes[process]?.crash(),
  freeze: ({ process, lastsMs }, { processes }) => processes[process]?.freeze(lastsMs),
  'jump-clock': ({ process, ms }, { processes }) => processes[process]?.jumpClock(ms),
}

function at<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)]
}

function specOf(specs: readonly WorkloadSpec[], name: string): WorkloadSpec | undefined {
  return specs.find(spec => spec.name === name)
}

function again(api: ApiServer, spec: WorkloadSpec): void {
  if (findWorkload(api, spec) === undefined) createWorkload(api, spec)
}

function change(
  { api, specs }: MishapParts,
  name: string,
  edit: (current: Workload, spec: WorkloadSpec) => Workload,
): void {
  const spec = specOf(specs, name)
  if (spec !== undefined) api.update('user', resourceOf(spec), spec, current => edit(current, spec))
}

function suspend(parts: MishapParts, workload: string, isSuspended: boolean): void {
  change(parts, workload, (current, { kind }) => {
    if (kind !== 'Job' || (current.spec.suspend ?? false) === isSuspended) return current
    const conditions = [
      ...(current.status.conditions ?? []).filter(({ type }) => type !== 'Suspended'),
      { type: 'Suspended', status: isSuspended ? 'True' : 'False' },
    ]
    return {
      ...current,
      spec: { ...current.spec, suspend: isSuspended },
      status: { ...current.status, conditions },
    }
  })
}

/** Pods of a workload, through its ReplicaSets. */
export function podsOfWorkload(api: ApiServer, specs: readonly WorkloadSpec[], name: string): readonly Pod[] {
  const spec = specOf(specs, name)
  const workload = spec === undefined ? undefined : findWorkload(api, spec)
  if (workload === undefined) return []
  const { uid } = workload.metadata
  const sets = api.all('replicasets').filter(set => controllerOf(set)?.uid === uid)
  return [workload, ...sets].flatMap(owner => podsOf(api, owner.metadata.uid))
}

function cordon(api: ApiServer, index: number, unschedulable: boolean): void {
  const node = at(api.all('nodes'), index)
  if (node === undefined) return
  api.update('user', 'nodes', node.metadata, (current: Node) => ({
    ...current,
    spec: { ...current.spec, unschedulable },
  }))
}

/** Somebody else's pod; past kube-scheduler, or by way of it to whatever has room. */
function intrude(api: ApiServer, { index, gpus, lastsMs, asksScheduler }: Of<'foreign-pod'>): void {
  const { world } = api
  const node = at(api.all('nodes'), index)
  if (node === undefined) return
  const name = `foreign-${api.version()}`
  const limits = gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : { cpu: '1' }
  api.create('somebody', 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'other' },
    spec: {
      ...(!asksScheduler && { nodeName: node.metadata.name }),
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 5,
      containers: [{ name: 'main', resources: { limits, requests: limits } }],
    },
    status: { phase: 'Pending' },
  })
  world.after(lastsMs, () => ifThere(() => api.remove('somebody', 'pods', { namespace: 'other', name })))
}

/** A pod of the highest priority, held to a node: kube-scheduler clears it. */
function displace(api: ApiServer, { index, lastsMs }: Of<'urgent-pod'>): void {
  const node = at(api.all('nodes'), index)
  const gpus = node?.status.allocatable['nvidia.com/gpu']
  if (node === undefined || gpus === undefined) return
  const target = { namespace: 'other', name: `urgent-${api.version()}` }
  const requests = { 'nvidia.com/gpu': gpus }
  api.create('somebody', 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: target,
    spec: {
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/hostname': node.metadata.name },
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 5,
      containers: [{ name: 'main', resources: { requests, limits: requests } }],
    },
    status: { phase: 'Pending' },
  })
  api.world.after(lastsMs, () => ifThere(() => api.remove('somebody', 'pods', target)))
}
