// Pipeline: kube. Which provisioner makes nodes here, and the node classes that the cluster has: facts for chooseBackend.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { Provisioning } from '../core/api/plan.ts'
import type { NodeClassReference } from '../core/claim/backends/backend.ts'
import {
  chooseBackend,
  KNOWN_NODE_CLASS_KINDS,
  type NodeClassKind,
  type ServedNodeClasses,
} from '../core/claim/choose-backend.ts'
import type { Provisioner } from '../core/claim/observation.ts'
import type { KubeClient } from './client.ts'
import { isNotFound } from './errors.ts'

/** What is known already. */
export interface ProvisionerOptions {
  /** --node-class. */
  readonly nodeClass?: NodeClassReference | undefined
  /** What discoverFacts found served. */
  readonly provisioning: Provisioning
}

/** Asks the API server. Undefined: no provisioner is served. */
export async function discoverProvisioner(
  client: KubeClient,
  { nodeClass, provisioning }: ProvisionerOptions,
): Promise<Provisioner | undefined> {
  const nodeClasses = provisioning === 'nodeclaim' ? await listNodeClasses(client) : []
  const facts = { served: provisioning, nodeClasses }
  return chooseBackend(nodeClass === undefined ? facts : { ...facts, given: nodeClass })
}

async function listNodeClasses(client: KubeClient): Promise<readonly ServedNodeClasses[]> {
  const groups = listAt(await client.request({ method: 'GET', path: '/apis' }), 'groups').filter(isObject)
  const lists = KNOWN_NODE_CLASS_KINDS.map(kind => listKind(client, kind, groups))
  return (await Promise.all(lists)).filter(list => list !== undefined)
}

/** Undefined: the kind is not served. Its version is the group's preferred one: providers differ, and raise theirs. */
async function listKind(
  client: KubeClient,
  { group, kind, resource }: NodeClassKind,
  groups: readonly JsonObject[],
): Promise<ServedNodeClasses | undefined> {
  const served = groups.find(({ name }) => name === group)
  const version = stringAt(objectAt(served, 'preferredVersion'), 'version')
  if (version === undefined) return undefined
  try {
    const list = await client.request({ method: 'GET', path: `/apis/${group}/${version}/${resource}` })
    return { group, kind, names: listAt(list, 'items').flatMap(nameOf) }
  } catch (error) {
    // The group may be another's too: kaito.sh has KAITO's own kinds.
    if (isNotFound(error)) return undefined
    throw error
  }
}

function nameOf(item: unknown): readonly string[] {
  const name = isObject(item) ? stringAt(objectAt(item, 'metadata'), 'name') : undefined
  return name === undefined ? [] : [name]
}
