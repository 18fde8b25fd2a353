// Pipeline: kube. Whether pods may mount images as volumes (KEP-4639). Asked of the API server by a dry run, never read off a
// version: the feature can be off in any. A PodTemplate goes the same way through it as a pod (it drops what is disabled), but
// starts nothing, so kaito-native needs no right to create pods. The nodes' container runtimes have their say as well.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { KubeClient } from './client.ts'
import { isForbidden, isInvalid, isNotFound } from './errors.ts'

const PROBE: JsonObject = {
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { generateName: 'kaito-native-' },
  template: {
    spec: {
      containers: [{ name: 'probe', image: 'probe' }],
      volumes: [{ name: 'probe', image: { reference: 'probe' } }],
    },
  },
}

/** The first releases of container runtimes that mount images: https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/ */
const SINCE: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  containerd: [2, 1],
  'cri-o': [1, 31],
}

/** True when the API server keeps image volumes and none of these nodes is known to be too old for them. */
export async function discoverImageVolumes(
  client: KubeClient,
  namespace: string,
  nodes: readonly JsonObject[],
): Promise<boolean> {
  return nodes.every(mountsImages) && (await keepsImageVolumes(client, namespace))
}

/** Where we may not ask, a container pulls the images: that works everywhere. */
async function keepsImageVolumes(client: KubeClient, namespace: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}/podtemplates`
  try {
    const kept = await client.request({ method: 'POST', path, query: { dryRun: 'All' }, body: PROBE })
    const volumes = listAt(objectAt(objectAt(kept, 'template'), 'spec'), 'volumes')
    return volumes.some(volume => isObject(volume) && isObject(volume['image']))
  } catch (error) {
    if (isInvalid(error) || isForbidden(error) || isNotFound(error)) return false
    throw error
  }
}

/** A runtime of another name, or none, says nothing against it. */
function mountsImages(node: JsonObject): boolean {
  const runtime = stringAt(objectAt(objectAt(node, 'status'), 'nodeInfo'), 'containerRuntimeVersion')
  const [, name = '', major, minor] = /^([a-z-]+):\/\/v?([0-9]+)\.([0-9]+)/.exec(runtime ?? '') ?? []
  const since = Object.hasOwn(SINCE, name) ? SINCE[name] : undefined
  if (since === undefined) return true
  return Number(major) > since[0] || (Number(major) === since[0] && Number(minor) >= since[1])
}
