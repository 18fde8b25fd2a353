// Thirty workloads of mixed sizes and what their users do to them, by chance: scale up and down, roll out, delete a Service.
import type { JsonObject } from '../../src/core/api/json.ts'
import { nameOf, type Api } from '../admission/api.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import type { Random } from './random.ts'
import { makeDeployment, makeStatefulSet } from './workloads.ts'
import type { Write } from './writes.ts'

/** GPUs of the instance types that the fleet asks for. */
export const FLEET_GPUS: Readonly<Record<string, number>> = {
  Standard_NC24ads_A100_v4: 1,
  Standard_NC48ads_A100_v4: 2,
  Standard_NC80adis_H100_v5: 2,
  Standard_NC96ads_A100_v4: 4,
}

const MOST_REPLICAS = 3
const GROUP_NODES = 2

interface Member {
  readonly name: string
  readonly kind: 'Deployment' | 'StatefulSet'
  replicas: number
}

export interface Fleet {
  /** How many workloads there are. */
  readonly size: () => number
  /** Pods that there are to be. */
  readonly wantedPods: () => number
  readonly add: () => Promise<void>
  /** Something after which the controller must write this. */
  readonly provoke: (write: Write) => Promise<void>
  /** Every Deployment has at least one replica. */
  readonly scaleAllUp: () => Promise<void>
  /** Deployments to zero, groups deleted. */
  readonly end: () => Promise<void>
}

/** In one namespace; no workload yet. */
export function createFleet(plane: ControlPlane, api: Api, namespace: string, random: Random): Fleet {
  const members: Member[] = []
  let rollouts = 0
  const add = async (): Promise<void> => {
    const index = members.length
    const object = makeMember(`m${index}`, index, 1 + random.below(MOST_REPLICAS))
    await api.create(namespace, object)
    const isGroup = object['kind'] === 'StatefulSet'
    const replicas = isGroup ? GROUP_NODES : Number((object['spec'] as JsonObject)['replicas'])
    members.push({ name: nameOf(object), kind: isGroup ? 'StatefulSet' : 'Deployment', replicas })
  }
  const pick = (suits: (member: Member) => boolean): Member | undefined => {
    const candidates = members.filter(member => member.kind === 'Deployment' && suits(member))
    return candidates[random.below(candidates.length)]
  }
  const patch = (member: Member, spec: JsonObject) =>
    api.patch(namespace, member.kind, member.name, 'merge-patch', { spec })
  const scale = async (member: Member | undefined, replicas: number): Promise<void> => {
    if (member === undefined) return
    await patch(member, { replicas })
    member.replicas = replicas
  }
  const scaleUp = async (): Promise<void> => {
    const member = pick(({ replicas }) => replicas < MOST_REPLICAS)
    await scale(member, MOST_REPLICAS)
  }
  const scaleDown = async (): Promise<void> => {
    const member = pick(({ replicas }) => replicas > 0)
    await scale(member, random.below(member?.replicas ?? 1))
  }
  const rollOut = async (): Promise<void> => {
    const member = pick(({ replicas }) => replicas > 0)
    const annotations = { 'example.com/rollout': String(++rollouts) }
    if (member !== undefined) await patch(member, { template: { metadata: { annotations } } })
  }
  const deleteService = async (): Promise<void> => {
    const name = pick(() => true)?.name ?? ''
    await plane.request('DELETE', `/api/v1/namespaces/${namespace}/services/${name}`)
  }
  return {
    size: () => members.length,
    wantedPods: () => members.reduce((sum, { replicas }) => sum + replicas, 0),
    add,
    async provoke(write) {
      if (write === 'mark-idle' || write === 'delete-claim') return await scaleDown()
      if (members.length < FLEET_SIZE) await add()
      else if (write === 'create-service') await deleteService()
      await scaleUp()
      if (random.below(2) === 0) await rollOut()
      if (random.below(3) === 0) await scaleDown()
    },
    async scaleAllUp() {
      for (const member of members) if (member.replicas === 0) await scale(member, 1)
    },
    async end() {
      for (const member of members) {
        if (member.kind === 'Deployment') await scale(member, 0)
        else await api.remove(namespace, member.kind, member.name)
      }
    },
  }
}

export const FLEET_SIZE = 30

/** Every fifteenth is a group of two nodes; a sixth of the others each: two GPUs a pod, four pods a node, … */
function makeMember(name: string, index: number, replicas: number): JsonObject {
  if (index % 15 === 7)
    return makeStatefulSet(name, GROUP_NODES, {
      annotations: { 'kaito.sh/instance-type': 'Standard_NC80adis_H100_v5' },
      pod: withGpus(2),
    })
  const [type, gpus] = SORTS[index % SORTS.length] ?? ['Standard_NC24ads_A100_v4', 1]
  const annotations = { 'kaito.sh/instance-type': type }
  return makeDeployment(name, { replicas, annotations, pod: withGpus(gpus) })
}

const SORTS: readonly (readonly [instanceType: string, gpusPerPod: number])[] = [
  ['Standard_NC24ads_A100_v4', 1],
  ['Standard_NC24ads_A100_v4', 1],
  ['Standard_NC48ads_A100_v4', 2],
  ['Standard_NC24ads_A100_v4', 1],
  ['Standard_NC96ads_A100_v4', 1],
  ['Standard_NC96ads_A100_v4', 4],
]

function withGpus(gpus: number): JsonObject {
  return { containers: [{ name: 'model', resources: { limits: { 'nvidia.com/gpu': String(gpus) } } }] }
}
