// Simulator: GPU nodes that no claim made.
import type { Machines } from '../actors/machines.ts'
import type { ApiServer } from '../api/api-server.ts'
import { formatTimestamp } from '../api/objects.ts'
import { allocatableOf, instanceType, ZONES } from './instance-types.ts'

export function createExistingNode(api: ApiServer, machines: Machines, type: string, name: string): void {
  machines.add(name)
  const known = instanceType(type)
  if (known === undefined) throw new Error(`no instance type ${type}`)
  api.create('admin', 'nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/instance-type': type,
        'topology.kubernetes.io/zone': ZONES[0],
      },
    },
    spec: {},
    status: {
      allocatable: allocatableOf(known, true),
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: formatTimestamp(api.world.now()) }],
    },
  })
}
