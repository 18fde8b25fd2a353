// Pipeline: claim, projection. What kube-scheduler reserves for a pod on its node, counted as it counts: PodRequests of
// https://github.com/kubernetes/component-helpers/blob/v0.35.4/resource/helpers.go
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { addResources, maxResources, readResources, type Resources } from '../api/resources.ts'
import { objectsAt } from './project-metadata.ts'
import { createSharing } from './project-shared.ts'

const sharedRequests = createSharing<Resources>(requests => JSON.stringify(requests))

/** Every pod takes one of the places that a node has for pods (`allocatable.pods`). */
const ONE_POD: Resources = { pods: 1 }
const NOTHING: Resources = {}

/**
 * Containers and sidecars run together; each init container runs alone with the sidecars started before it. The larger of
 * both is reserved; requests of the pod as a whole (KEP-2837) stand instead of the sum; the overhead comes on top.
 */
export function projectRequests(pod: JsonObject): Resources {
  const spec = objectAt(pod, 'spec')
  const running = requestsOfContainers(pod, spec)
  const ofPod = readResources(objectAt(objectAt(spec, 'resources'), 'requests'))
  const overhead = readResources(objectAt(spec, 'overhead'))
  return sharedRequests(addResources(addResources({ ...running, ...ofPod }, overhead), ONE_POD))
}

function requestsOfContainers(pod: JsonObject, spec: JsonObject): Resources {
  const status = objectAt(pod, 'status')
  const containerStatuses = statusByName(status, 'containerStatuses')
  const initStatuses = statusByName(status, 'initContainerStatuses')
  let together = NOTHING
  for (const container of objectsAt(spec, 'containers'))
    together = addResources(together, requestsOf(container, containerStatuses))
  let sidecars = NOTHING
  let starting = NOTHING
  for (const container of objectsAt(spec, 'initContainers')) {
    const alone = addResources(sidecars, requestsOf(container, initStatuses))
    if (stringAt(container, 'restartPolicy') === 'Always') sidecars = alone
    starting = maxResources(starting, alone)
  }
  return maxResources(addResources(together, sidecars), starting)
}

/** While a container is being resized in place (KEP-1287) it holds the most of what it asks for and what it still has. */
function requestsOf(container: JsonObject, statuses: ReadonlyMap<string, JsonObject>): Resources {
  const desired = readResources(objectAt(objectAt(container, 'resources'), 'requests'))
  const status = statuses.get(stringAt(container, 'name') ?? '')
  if (status === undefined) return desired
  const allocated = readResources(objectAt(status, 'allocatedResources'))
  const actual = readResources(objectAt(objectAt(status, 'resources'), 'requests'))
  return maxResources(desired, maxResources(allocated, actual))
}

function statusByName(status: JsonObject, key: string): ReadonlyMap<string, JsonObject> {
  return new Map(objectsAt(status, key).map(one => [stringAt(one, 'name') ?? '', one]))
}
