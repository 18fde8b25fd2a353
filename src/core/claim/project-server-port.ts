// Pipeline: claim, projection. The port on which a workload's model server listens: what its Service leads to.
import type { InventoryNode } from '../api/inventory.ts'
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { SERVER_PORT } from '../template/steps/port.ts'
import { objectAtPath } from '../workload/workload.ts'
import { integerAt, objectsAt } from './project-metadata.ts'

/**
 * The preset's server: 5000, which the plan then lists among the container's ports. The user's own server: the port named
 * `http` of the container that was filled in, else its first one, else 5000.
 */
export function projectServerPort(
  added: InventoryNode,
  templateAt: readonly string[],
  template: JsonObject,
): number {
  const filled = objectAtPath(added, [...templateAt, 'spec', 'containers'])
  const names = Object.keys(filled)
  if (names.some(name => Object.hasOwn(objectAtPath(filled, [name, 'ports']), String(SERVER_PORT))))
    return SERVER_PORT
  const containers = objectsAt(objectAt(template, 'spec'), 'containers')
  const container = containers.find(one => names.includes(stringAt(one, 'name') ?? '')) ?? containers[0]
  const ports = container === undefined ? [] : objectsAt(container, 'ports')
  const port = ports.find(one => one['name'] === 'http') ?? ports[0]
  return (port === undefined ? undefined : integerAt(port, 'containerPort')) ?? SERVER_PORT
}
