// The part of Azure's gpu-provisioner 0.2.1 that can be seen from outside: Machines of karpenter.sh/v1alpha5 become nodes, with
// its conditions, its finalizer and its rules about names, labels and disks. KWOK is the kubelet of the nodes.
// https://github.com/Azure/gpu-provisioner/blob/v0.2.1/pkg/providers/instance/instance.go
import { setInterval } from 'node:timers/promises'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { parseQuantity } from '../../src/core/api/resources.ts'
import { nameOf } from '../admission/api.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { kwokNode } from '../cluster/levers.ts'
import { isReady } from './eyes.ts'

/** Where Machines are served. */
export const MACHINES = '/apis/karpenter.sh/v1alpha5/machines'

const FINALIZER = 'karpenter.sh/termination'
const LOOK_EVERY_MS = 100
const NAME_MAX = 11
const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
/** AKS makes OS disks of 30 to 2048 GiB; 0 stands for its default. */
const DISK_GIB = { least: 30, most: 2048 }

export interface MachineProvisioner extends AsyncDisposable {
  /** Rejects with what went wrong, where something did; resolves when it has been stopped. */
  readonly ended: Promise<void>
}

/** Looks at all Machines ten times a second until it is disposed of. */
export function startMachineProvisioner(
  plane: ControlPlane,
  gpusOfType: (type: string) => number | undefined,
): MachineProvisioner {
  const stop = new AbortController()
  const run = async (): Promise<void> => {
    for await (const _ of setInterval(LOOK_EVERY_MS)) {
      if (stop.signal.aborted) return
      for (const machine of await listOf(plane, MACHINES)) await reconcile(plane, machine, gpusOfType)
    }
  }
  const ended = run()
  return {
    ended,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
    },
  }
}

async function reconcile(
  plane: ControlPlane,
  machine: JsonObject,
  gpusOfType: (type: string) => number | undefined,
): Promise<void> {
  const metadata = objectAt(machine, 'metadata')
  if (stringAt(metadata, 'deletionTimestamp') !== undefined) return await terminate(plane, machine)
  if (stringAt(objectAt(metadata, 'labels'), 'kaito.sh/workspace') === undefined) return
  const node = await get(plane, `/api/v1/nodes/${nodeNameOf(machine)}`)
  const type = instanceTypeOf(machine)
  const gpus = gpusOfType(type)
  const mistake = mistakeOf(machine) ?? (gpus === undefined ? `no instance type ${type}` : undefined)
  if (mistake !== undefined) return await setStatus(plane, machine, {}, { failed: mistake })
  if (!listAt(metadata, 'finalizers').includes(FINALIZER))
    return await patch(plane, machine, { metadata: { finalizers: [FINALIZER] } })
  const nodeName = nodeNameOf(machine)
  const resources = resourcesOf(gpus ?? 0)
  const launched = { providerID: `azure:///vmss/${nodeName}`, capacity: resources, allocatable: resources }
  const { providerID, nodeName: known } = objectAt(machine, 'status')
  if (providerID === undefined) return await setStatus(plane, machine, launched, { reached: 1 })
  if (node === undefined) return await createNode(plane, machine, resources)
  if (known === undefined) return await setStatus(plane, machine, { ...launched, nodeName }, { reached: 2 })
  if (isReady(node) && !isReady(machine))
    await setStatus(plane, machine, { ...launched, nodeName }, { reached: 3 })
}

/** What AKS, or gpu-provisioner itself, would answer to an agent pool like this. */
function mistakeOf(machine: JsonObject): string | undefined {
  const name = nameOf(machine)
  if (name.length > NAME_MAX || !/^[a-z][a-z0-9]*$/.test(name))
    return `the length agentpool name should be less than 11, got ${name.length} (${name})`
  const requests = objectAt(objectAt(objectAt(machine, 'spec'), 'resources'), 'requests')
  const bytes = parseQuantity(requests['storage']) ?? 0
  const diskGiB = Number(BigInt.asIntN(32, BigInt(bytes)))
  const isTaken = diskGiB === 0 || (diskGiB >= DISK_GIB.least && diskGiB <= DISK_GIB.most)
  return isTaken ? undefined : `osDiskSizeGB ${diskGiB} is out of range`
}

/** Its first one; others are ignored. */
function instanceTypeOf(machine: JsonObject): string {
  const requirement = listAt(objectAt(machine, 'spec'), 'requirements')
    .filter(isObject)
    .find(({ key }) => key === INSTANCE_TYPE)
  return listAt(requirement, 'values').find(value => typeof value === 'string') ?? ''
}

const STAGES = ['MachineLaunched', 'MachineRegistered', 'MachineInitialized'] as const

interface Progress {
  /** So many stages are True. */
  readonly reached?: number
  /** Why the first one is False. */
  readonly failed?: string
}

/** As knative's condition sets have it: Ready is the sum of the others. */
async function setStatus(
  plane: ControlPlane,
  machine: JsonObject,
  status: JsonObject,
  { reached = 0, failed }: Progress,
): Promise<void> {
  const lastTransitionTime = new Date().toISOString()
  const stages = STAGES.map((type, index): JsonObject => {
    if (index < reached) return { type, status: 'True', severity: 'Info', lastTransitionTime }
    const why = failed === undefined ? {} : { reason: 'LaunchFailed', message: failed }
    return index === 0 && failed !== undefined
      ? { type, status: 'False', lastTransitionTime, ...why }
      : { type, status: 'Unknown', lastTransitionTime }
  })
  const ready = { type: 'Ready', status: reached === STAGES.length ? 'True' : 'False', lastTransitionTime }
  if (failed !== undefined && listAt(objectAt(machine, 'status'), 'conditions').length > 0) return
  await patch(plane, machine, { status: { ...status, conditions: [ready, ...stages] } }, '/status')
}

async function createNode(plane: ControlPlane, machine: JsonObject, resources: JsonObject): Promise<void> {
  const name = nodeNameOf(machine)
  const spec = objectAt(machine, 'spec')
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [kwokNode]: 'fake' },
      labels: {
        ...objectAt(objectAt(machine, 'metadata'), 'labels'),
        'kaito.sh/machine-type': 'gpu',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        [INSTANCE_TYPE]: instanceTypeOf(machine),
      },
    },
    spec: { taints: listAt(spec, 'taints'), providerID: `azure:///vmss/${name}` },
    status: { capacity: resources, allocatable: resources },
  }
  await send(plane, 'POST', '/api/v1/nodes', node)
}

/** The agent pool goes, and with it the node; then the finalizer. */
async function terminate(plane: ControlPlane, machine: JsonObject): Promise<void> {
  const path = `/api/v1/nodes/${nodeNameOf(machine)}`
  if ((await get(plane, path)) !== undefined) await send(plane, 'DELETE', path)
  await patch(plane, machine, { metadata: { finalizers: [] } })
}

function nodeNameOf(machine: JsonObject): string {
  return `aks-${nameOf(machine)}-12345678-vmss000000`
}

function resourcesOf(gpus: number): JsonObject {
  return {
    cpu: String(24 * gpus),
    memory: `${220 * gpus}Gi`,
    pods: '110',
    'ephemeral-storage': '512Gi',
    'nvidia.com/gpu': String(gpus),
  }
}

async function listOf(plane: ControlPlane, path: string): Promise<readonly JsonObject[]> {
  return listAt(await send(plane, 'GET', path), 'items').filter(isObject)
}

async function get(plane: ControlPlane, path: string): Promise<JsonObject | undefined> {
  const { status, body } = await plane.request<JsonObject>('GET', path)
  return status === 404 ? undefined : body
}

async function patch(
  plane: ControlPlane,
  machine: JsonObject,
  change: JsonObject,
  subresource = '',
): Promise<void> {
  const path = `${MACHINES}/${nameOf(machine)}${subresource}`
  await send(plane, 'PATCH', path, change, 'application/merge-patch+json')
}

/** What is gone in the meantime, or was changed, is looked at again anyway. */
async function send(
  plane: ControlPlane,
  method: string,
  path: string,
  body?: unknown,
  type?: string,
): Promise<JsonObject> {
  const answer = await plane.request<JsonObject>(method, path, body, type)
  if (answer.status < 400 || answer.status === 404 || answer.status === 409) return answer.body
  throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
}
