// Simulator: Karpenter and the cloud behind it. Claims are launched, registered and initialized, or refused: then the claim is
// deleted, and a Warning Event about it is all that is left. A deleted claim drains its node first.
import type { ApiServer } from '../api/api-server.ts'
import {
  formatTimestamp,
  isLeaving,
  isTrue,
  withCondition,
  type Claim,
  type Condition,
  type Node,
  type Pod,
  type Taint,
} from '../api/objects.ts'
import { allocatableOf, instanceType, ZONES } from '../scenario/instance-types.ts'
import { ifThere, startActor } from './actor.ts'
import { createNode, FINALIZER, setNodeReady, setNodeTaints } from './claim-nodes.ts'
import type { Machines } from './machines.ts'
import { hasEnded } from './pods.ts'
import type { Fate, Supply } from './supply.ts'

export const PROVISIONER = 'karpenter'
const REGISTRATION_TTL_MS = 15 * 60_000
/** A pod that is leaving for longer than its grace and this is given up: pkg/utils/pod/scheduling.go, IsStuckTerminating. */
const STUCK_MS = 60_000
const STARTUP_TAINT: Taint = { key: 'node.cilium.io/agent-not-ready', value: 'true', effect: 'NoSchedule' }

export interface ProvisionerParts {
  readonly supply: Supply
  readonly machines: Machines
  /** Told when the provider refuses a claim. */
  readonly onRefused: (claim: Claim) => void
}

export function startProvisioner(api: ApiServer, parts: ProvisionerParts): void {
  const { world } = api
  const random = world.random('provisioner')
  const lives = createLives(api, parts)
  api.onChange(({ type, resource, object }) => {
    if (resource !== 'nodeclaims' || type !== 'ADDED') return
    const claim = object as Claim
    const fate = parts.supply.fate()
    world.after(random.between(100, 1500), () => lives.adopt(claim))
    world.after(random.between(1500, fate === 'slow-launch' ? 240_000 : 20_000), () =>
      lives.launch(claim, fate),
    )
    world.after(REGISTRATION_TTL_MS, () => lives.expire(claim))
  })
  const poke = startActor(api, {
    name: 'karpenter termination',
    watches: ['nodeclaims', 'nodes', 'pods'],
    delay: { leastMs: 100, mostMs: 2000 },
    reconcile: () => {
      for (const claim of api.all('nodeclaims')) if (isLeaving(claim)) terminate(api, parts, claim)
      followNodes(api)
      if (api.all('nodeclaims').some(isLeaving)) world.after(10_000, poke)
    },
  })
}

/** Somebody deletes a node: its claim goes with it. */
function followNodes(api: ApiServer): void {
  for (const claim of api.all('nodeclaims')) {
    const { nodeName } = claim.status
    const node = nodeName === undefined ? undefined : api.find('nodes', { name: nodeName })
    if (nodeName !== undefined && !isLeaving(claim) && (node === undefined || isLeaving(node)))
      api.remove(PROVISIONER, 'nodeclaims', claim.metadata)
  }
}

function createLives(api: ApiServer, { supply, machines, onRefused }: ProvisionerParts) {
  const { world } = api
  const random = world.random('lives of claims')
  const living = ({ metadata }: Claim): Claim | undefined => {
    const current = api.find('nodeclaims', metadata)
    return current?.metadata.uid === metadata.uid && !isLeaving(current) ? current : undefined
  }
  const update = (
    claim: Claim,
    status: Partial<Claim['status']>,
    ...conditions: readonly Condition[]
  ): void => {
    const time = formatTimestamp(world.now())
    api.update(PROVISIONER, 'nodeclaims', claim.metadata, current => ({
      ...current,
      status: {
        ...current.status,
        ...status,
        conditions: conditions.reduce(
          (all, one) => withCondition(all, one, time),
          current.status.conditions ?? [],
        ),
      },
    }))
  }
  const adopt = (claim: Claim): void => {
    if (living(claim) === undefined) return
    api.update(PROVISIONER, 'nodeclaims', claim.metadata, current => ({
      ...current,
      metadata: { ...current.metadata, finalizers: [FINALIZER] },
    }))
    update(
      claim,
      {},
      ...STAGES.map(type => ({ type, status: 'Unknown', reason: 'AwaitingReconciliation', message: '' })),
    )
  }
  const launch = (claim: Claim, fate: Fate): void => {
    if (living(claim) === undefined) return
    const type = fate === 'late-refusal' && !supply.isHealed() ? undefined : supply.take(typesOf(claim))
    if (type === undefined) return refuse(api, claim, random.below(3), onRefused)
    const allocatable = allocatableOf(instanceType(type) ?? { name: type, gpus: 0 }, true)
    const labels = { 'node.kubernetes.io/instance-type': type, 'topology.kubernetes.io/zone': zoneOf(claim) }
    api.update(PROVISIONER, 'nodeclaims', claim.metadata, current => ({
      ...current,
      metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...labels } },
    }))
    update(
      claim,
      { providerID: `sim://${claim.metadata.uid}`, allocatable },
      { type: 'Launched', status: 'True' },
    )
    if (fate !== 'never-registers') world.after(random.between(2000, 40_000), () => register(claim, fate))
  }
  const register = (claim: Claim, fate: Fate): void => {
    const current = living(claim)
    if (current === undefined) return
    const name = `node-${claim.metadata.name}-${claim.metadata.uid.slice(4)}`
    machines.add(name)
    createNode(api, current, name, fate === 'startup-taint' ? [STARTUP_TAINT] : [])
    update(claim, { nodeName: name }, { type: 'Registered', status: 'True' })
    if (fate === 'unregistered-node-dies') world.after(random.between(500, 10_000), () => machines.fail(name))
    if (fate !== 'never-ready') world.after(random.between(500, 15_000), () => initialize(claim, name, fate))
  }
  const initialize = (claim: Claim, name: string, fate: Fate): void => {
    if (living(claim) === undefined || !machines.isAlive(name) || api.find('nodes', { name }) === undefined)
      return
    setNodeReady(api, name)
    if (fate === 'no-gpus') return
    world.after(random.between(100, 10_000), () => finish(claim, name, fate))
  }
  const finish = (claim: Claim, name: string, fate: Fate): void => {
    const current = living(claim)
    if (current === undefined || api.find('nodes', { name }) === undefined) return
    setNodeReady(api, name, typeOf(current))
    update(claim, {}, { type: 'Initialized', status: 'True' }, { type: 'Ready', status: 'True' })
    if (fate === 'startup-taint')
      world.after(random.between(1000, 60_000), () =>
        ifThere(() => setNodeTaints(api, name, STARTUP_TAINT.key)),
      )
    if (fate === 'vanishes') world.after(random.between(1000, 180_000), () => vanish(claim, name))
  }
  /** The instance is gone: Karpenter deletes claim and node when it finds out. */
  const vanish = (claim: Claim, name: string): void => {
    if (supply.isHealed()) return
    machines.fail(name)
    world.after(random.between(5000, 120_000), () => {
      if (living(claim) !== undefined) api.remove(PROVISIONER, 'nodeclaims', claim.metadata)
    })
  }
  const expire = (claim: Claim): void => {
    const current = living(claim)
    if (current !== undefined && !isTrue(current, 'Registered'))
      api.remove(PROVISIONER, 'nodeclaims', claim.metadata)
  }
  return { adopt, launch, expire }
}

const STAGES = ['Launched', 'Registered', 'Initialized', 'Ready']

function typesOf({ spec }: Claim): readonly string[] {
  return spec.requirements.find(({ key }) => key === 'node.kubernetes.io/instance-type')?.values ?? []
}

function zoneOf({ spec }: Claim): string {
  return spec.requirements.find(({ key }) => key === 'topology.kubernetes.io/zone')?.values?.[0] ?? ZONES[0]
}

export function typeOf({ metadata }: Claim): string {
  return metadata.labels?.['node.kubernetes.io/instance-type'] ?? ''
}

/** Event before deletion, or a little later: they travel apart. */
function refuse(api: ApiServer, claim: Claim, delaySeconds: number, onRefused: (claim: Claim) => void): void {
  const { name, uid } = claim.metadata
  const say = (): void =>
    void api.create(PROVISIONER, 'events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${uid}`, namespace: 'default' },
      type: 'Warning',
      reason: 'InsufficientCapacityError',
      message: `NodeClaim ${name} event: insufficient capacity, no ${typesOf(claim).join(' or ')}`,
      lastTimestamp: formatTimestamp(api.world.now()),
      involvedObject: { kind: 'NodeClaim', name, uid },
    })
  if (delaySeconds === 0) say()
  else api.world.after(delaySeconds * 700, say)
  onRefused(api.find('nodeclaims', claim.metadata) ?? claim)
  api.update(PROVISIONER, 'nodeclaims', claim.metadata, withoutFinalizers)
  api.remove(PROVISIONER, 'nodeclaims', claim.metadata)
}

/** Taint, drain, remove the node, let the claim go. */
function terminate(api: ApiServer, { supply, machines }: ProvisionerParts, claim: Claim): void {
  const node = api
    .all('nodes')
    .find(({ metadata }) => metadata.labels?.['kaito.sh/claim'] === claim.metadata.name)
  if (node !== undefined) {
    setNodeTaints(api, node.metadata.name, undefined, { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' })
    const pods = api.all('pods').filter(pod => pod.spec.nodeName === node.metadata.name && blocks(pod))
    for (const pod of pods.filter(one => !isLeaving(one)))
      ifThere(() => api.remove(PROVISIONER, 'pods', pod.metadata))
    if (pods.length > 0 && machines.isAlive(node.metadata.name)) return
    if (pods.some(one => !isStuck(api, one))) return
    machines.remove(node.metadata.name)
    if (!isLeaving(node)) api.remove(PROVISIONER, 'nodes', node.metadata)
    api.update(PROVISIONER, 'nodes', node.metadata, withoutFinalizers)
  }
  if (isTrue(claim, 'Launched')) supply.giveBack(typeOf(claim))
  api.update(PROVISIONER, 'nodeclaims', claim.metadata, withoutFinalizers)
}

function withoutFinalizers<T extends Claim | Node>(object: T): T {
  return { ...object, metadata: { ...object.metadata, finalizers: [] } }
}

function blocks(pod: Pod): boolean {
  return !hasEnded(pod) && pod.metadata.ownerReferences?.[0]?.kind !== 'DaemonSet'
}

function isStuck({ world }: ApiServer, { metadata }: Pod): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    Date.parse(metadata.deletionTimestamp) + STUCK_MS < world.now()
  )
}
