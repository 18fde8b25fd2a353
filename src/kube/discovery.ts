// Pipeline: kube. The facts about the cluster that admission needs in memory: which provisioner's API is served, whose
// machines the nodes are, and whether pods may mount images.
import { listAt, isObject, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { Cloud } from '../core/api/names.ts'
import type { Provisioning } from '../core/api/plan.ts'
import { OFFLINE_FACTS, type ClusterFacts } from '../core/admit/context.ts'
import type { KubeClient } from './client.ts'
import { isNotFound } from './errors.ts'
import { discoverImageVolumes } from './image-volumes.ts'

/** The scheme of Node.spec.providerID, which the cloud provider's controller sets. */
const CLOUD_OF_SCHEME: Readonly<Record<string, Cloud>> = { azure: 'azure', aws: 'aws', gce: 'gcp' }
/** One node tells; a few more for clusters with nodes that belong to no cloud (virtual kubelets). */
const NODES_TO_ASK = 10

/** Asks the API server, from the namespace of kaito-native; `cloud` is what the operator said, which wins. */
export async function discoverFacts(
  client: KubeClient,
  namespace: string,
  cloud?: Cloud,
): Promise<ClusterFacts> {
  const provisioning = await discoverProvisioning(client)
  const nodes = await someNodes(client)
  const imageVolumes = await discoverImageVolumes(client, namespace, nodes)
  return { provisioning, cloud: cloud ?? cloudOfNodes(nodes), imageVolumes }
}

/** The best provisioner: Karpenter's v1 claims before the Machines of its old alpha; neither: existing nodes only. */
export async function discoverProvisioning(client: KubeClient): Promise<Provisioning> {
  if (await servesResource(client, '/apis/karpenter.sh/v1', 'nodeclaims')) return 'nodeclaim'
  if (await servesResource(client, '/apis/karpenter.sh/v1alpha5', 'machines')) return 'machine'
  return 'none'
}

async function servesResource(client: KubeClient, path: string, resource: string): Promise<boolean> {
  try {
    const list = await client.request({ method: 'GET', path })
    return listAt(list, 'resources').some(entry => isObject(entry) && entry['name'] === resource)
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function someNodes(client: KubeClient): Promise<readonly JsonObject[]> {
  const nodes = await client.request({
    method: 'GET',
    path: '/api/v1/nodes',
    query: { limit: String(NODES_TO_ASK) },
  })
  return listAt(nodes, 'items').filter(isObject)
}

function cloudOfNodes(nodes: readonly JsonObject[]): Cloud {
  for (const node of nodes) {
    const cloud = cloudOf(node)
    if (cloud !== undefined) return cloud
  }
  return OFFLINE_FACTS.cloud
}

function cloudOf(node: JsonObject): Cloud | undefined {
  const [scheme = ''] = (stringAt(objectAt(node, 'spec'), 'providerID') ?? '').split('://')
  return Object.hasOwn(CLOUD_OF_SCHEME, scheme) ? CLOUD_OF_SCHEME[scheme] : undefined
}
