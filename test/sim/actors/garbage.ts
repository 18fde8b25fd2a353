// Simulator: the garbage collector. What is owned by something that is gone goes too; an owner that is deleted in the
// foreground goes after what it owns. Namespaces have no object here: deleting one deletes what is in it.
import type { ApiServer } from '../api/api-server.ts'
import { isLeaving, type AnyObject, type Resource } from '../api/objects.ts'
import { ifThere, startActor } from './actor.ts'

const BY = 'garbage-collector'
const OWNERS: readonly Resource[] = ['deployments', 'replicasets', 'statefulsets', 'jobs']
const OWNED: readonly Resource[] = ['replicasets', 'controllerrevisions', 'pods', 'services']
const FOREGROUND = 'foregroundDeletion'

export function startGarbageCollector(api: ApiServer): void {
  startActor(api, {
    name: BY,
    watches: [...OWNERS, ...OWNED],
    delay: { leastMs: 20, mostMs: 1500 },
    reconcile: () => collect(api),
  })
}

function collect(api: ApiServer): void {
  const owners = new Map<string, AnyObject>(
    OWNERS.flatMap(resource => api.all(resource)).map(owner => [owner.metadata.uid, owner]),
  )
  const held = new Set<string>()
  for (const resource of OWNED)
    for (const object of api.all(resource)) {
      const [reference] = object.metadata.ownerReferences ?? []
      if (reference === undefined || reference.kind === 'DaemonSet') continue
      const owner = owners.get(reference.uid)
      if (owner !== undefined && !isForeground(owner)) continue
      if (reference.blockOwnerDeletion !== false) held.add(reference.uid)
      const foreground = owner !== undefined && resource === 'replicasets'
      if (!isLeaving(object)) ifThere(() => api.remove(BY, resource, object.metadata, { foreground }))
    }
  for (const resource of OWNERS)
    for (const owner of api.all(resource))
      if (isForeground(owner) && !held.has(owner.metadata.uid)) release(api, resource, owner)
}

function isForeground(owner: AnyObject): boolean {
  return isLeaving(owner) && owner.metadata.finalizers?.includes(FOREGROUND) === true
}

function release(api: ApiServer, resource: Resource, { metadata }: AnyObject): void {
  ifThere(() =>
    api.update(BY, resource, metadata, owner => ({
      ...owner,
      metadata: {
        ...owner.metadata,
        finalizers: (owner.metadata.finalizers ?? []).filter(one => one !== FOREGROUND),
      },
    })),
  )
}
