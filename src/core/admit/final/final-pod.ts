// Pipeline: admit, final objects. The pod of a planned workload as it will be stored, with all that users and other webhooks
// have made of it: what the checks of this folder look at. Needs no catalogue, so that they hold for every recorded plan.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../api/json.ts'
import type { Plan } from '../../api/plan.ts'
import type { Intent } from '../../intent/intent.ts'
import { leafAt } from '../../patch/inventory.ts'
import { objectAtPath, type WorkloadKind } from '../../workload/workload.ts'

/** A container and where it stands: `spec.template.spec.containers[0]`. */
export interface FinalContainer {
  readonly container: JsonObject
  readonly name: string
  readonly field: string
}

export interface FinalPod {
  readonly kind: WorkloadKind
  readonly object: JsonObject
  readonly plan: Plan
  readonly intent: Intent
  readonly pod: JsonObject
  /** `spec.template.spec` */
  readonly podField: string
  /** Those that run together: containers and sidecars. */
  readonly running: readonly FinalContainer[]
  /** Init containers that end before the others start. */
  readonly starting: readonly FinalContainer[]
  /** The one that the plan fills. */
  readonly filled: FinalContainer
  /** Its command is the plan's: KAITO's server or trainer runs in it, of whose needs we know. */
  readonly runsOurs: boolean
}

/** The pod of the object; undefined where the container that the plan fills is gone (its inventory is missing then). */
export function finalPod(
  kind: WorkloadKind,
  object: JsonObject,
  plan: Plan,
  wanted: { readonly intent: Intent; readonly containerName: string },
): FinalPod | undefined {
  const at = [...kind.templateAt, 'spec']
  const podField = at.join('.')
  const pod = objectAtPath(object, at)
  const containers = containersAt(pod, 'containers', podField)
  const filled = containers.find(({ name }) => name === wanted.containerName)
  if (filled === undefined) return undefined
  const inits = containersAt(pod, 'initContainers', podField)
  const command = leafAt(plan.added, [...at, 'containers', filled.name, 'command'])
  return {
    kind,
    object,
    plan,
    intent: wanted.intent,
    pod,
    podField,
    running: [...containers, ...inits.filter(isSidecar)],
    starting: inits.filter(one => !isSidecar(one)),
    filled,
    runsOurs: command !== undefined && command !== 0,
  }
}

function containersAt(pod: JsonObject, list: string, podField: string): readonly FinalContainer[] {
  return listAt(pod, list).flatMap((container, index) =>
    isObject(container)
      ? [{ container, name: stringAt(container, 'name') ?? '', field: `${podField}.${list}[${index}]` }]
      : [],
  )
}

/** An init container that goes on running (KEP-753). */
function isSidecar({ container }: FinalContainer): boolean {
  return container['restartPolicy'] === 'Always'
}

/** KAITO's server answers on its port in this pod. */
export function isServing({ runsOurs, kind }: Pick<FinalPod, 'runsOurs' | 'kind'>): boolean {
  return runsOurs && !kind.runsToCompletion
}

/** The members of a list that are objects, with their places in it. */
export function entriesAt(
  parent: JsonObject,
  list: string,
): readonly { readonly entry: JsonObject; readonly index: number }[] {
  return listAt(parent, list).flatMap((entry, index) => (isObject(entry) ? [{ entry, index }] : []))
}

/** The value of an environment variable that is written out; undefined where there is none. */
export function environmentOf({ container }: FinalContainer, name: string): string | undefined {
  const variable = entriesAt(container, 'env').find(({ entry }) => entry['name'] === name)
  return variable === undefined ? undefined : stringAt(variable.entry, 'value')
}

/** One list of a container's resources. */
export function resourcesOf({ container }: FinalContainer, list: 'limits' | 'requests'): JsonObject {
  return objectAt(objectAt(container, 'resources'), list)
}
