// Pipeline: claim. Facts about the cluster → which provisioner makes the nodes, and of which node class. Precedence:
//
// | --node-class | objects of known node-class kinds              | node class                                        |
// |--------------|------------------------------------------------|---------------------------------------------------|
// | given        | any                                            | the given one                                     |
// | –            | exactly one                                    | that one                                          |
// | –            | several, exactly one of them named `default`   | the one named `default`                           |
// | –            | several, none or several named `default`       | none: say which there are                         |
// | –            | none, but the CRD of KaitoNodeClass is there   | KaitoNodeClass `default`, which need not exist    |
// | –            | none                                           | none: say how to get one                          |
import type { Provisioning } from '../api/plan.ts'
import type { ClaimBackend, NodeClassReference } from './backends/backend.ts'
import { BACKENDS, backendFor, isSameKind } from './backends/backends.ts'
import { MACHINE } from './backends/machine.ts'
import { NODECLAIM_AZURE_GPU_PROVISIONER } from './backends/nodeclaim-azure-gpu-provisioner.ts'
import type { Provisioner } from './observation.ts'

/** A kind of node class, and where its objects are served. */
export type NodeClassKind = NonNullable<ClaimBackend['nodeClassKind']>

/** A node-class kind that the API server serves, and the names of its objects. */
export interface ServedNodeClasses {
  readonly group: string
  readonly kind: string
  readonly names: readonly string[]
}

/** What the choice is made of. */
export interface ProvisionerFacts {
  /** The best API for claims that is served. */
  readonly served: Provisioning
  /** Of the known kinds (knownNodeClassKinds), those that are served. */
  readonly nodeClasses: readonly ServedNodeClasses[]
  /** --node-class. */
  readonly given?: NodeClassReference
}

/** The node-class kinds whose provisioners are known. */
export const KNOWN_NODE_CLASS_KINDS: readonly NodeClassKind[] = BACKENDS.flatMap(
  ({ nodeClassKind }) => nodeClassKind ?? [],
)

const DEFAULT_NAME = 'default'

/** Undefined: no provisioner is served; pods run on the nodes that there are. */
export function chooseBackend({ served, nodeClasses, given }: ProvisionerFacts): Provisioner | undefined {
  if (served === 'none') return undefined
  if (served === 'machine') return { backend: MACHINE, nodeClass: undefined }
  return given === undefined ? chooseAmong(nodeClasses) : withGiven(given, nodeClasses)
}

/** The object of a known kind is looked for, because Karpenter deletes claims of a node class that is not there. */
function withGiven(given: NodeClassReference, nodeClasses: readonly ServedNodeClasses[]): Provisioner {
  const backend = backendFor(given)
  const named: Provisioner = { backend, nodeClass: given }
  if (!KNOWN_NODE_CLASS_KINDS.some(kind => isSameKind(kind, given))) return named
  const names = nodeClasses.find(kind => isSameKind(kind, given))?.names ?? []
  if (backend === NODECLAIM_AZURE_GPU_PROVISIONER || names.includes(given.name)) return named
  return {
    ...named,
    problem: `there is no ${describe(given)}: create it, or name another one with --node-class`,
  }
}

function chooseAmong(nodeClasses: readonly ServedNodeClasses[]): Provisioner {
  const objects = nodeClasses.flatMap(({ group, kind, names }) => names.map(name => ({ group, kind, name })))
  const defaults = objects.filter(({ name }) => name === DEFAULT_NAME)
  const chosen = onlyOf(objects) ?? onlyOf(defaults)
  if (chosen !== undefined) return { backend: backendFor(chosen), nodeClass: chosen }
  return objects.length > 0 ? ambiguous(objects) : withoutObjects(nodeClasses)
}

function onlyOf<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined
}

function ambiguous(objects: readonly NodeClassReference[]): Provisioner {
  const names = objects.map(describe).toSorted().join(', ')
  return {
    backend: backendFor(onlyOf([...new Map(objects.map(one => [`${one.group}/${one.kind}`, one])).values()])),
    nodeClass: undefined,
    problem: `several node classes could be meant (${names}): name one of them "${DEFAULT_NAME}", or say which with --node-class`,
  }
}

/**
 * gpu-provisioner works without any object of its node class and even without the CRD. Its CRD is taken as the sign that it
 * is there; nothing else of it can be seen through the API, and a guess would make claims that nobody answers.
 */
function withoutObjects(nodeClasses: readonly ServedNodeClasses[]): Provisioner {
  const gpuProvisioner = nodeClasses.find(
    ({ group, kind }) => backendFor({ group, kind, name: DEFAULT_NAME }) === NODECLAIM_AZURE_GPU_PROVISIONER,
  )
  const others = nodeClasses.filter(one => one !== gpuProvisioner)
  if (gpuProvisioner !== undefined && others.length === 0) {
    const { group, kind } = gpuProvisioner
    return { backend: NODECLAIM_AZURE_GPU_PROVISIONER, nodeClass: { group, kind, name: DEFAULT_NAME } }
  }
  const wanted = others.map(({ kind }) => kind).join(' or ') || 'node class'
  return {
    backend: backendFor(others[0] && { ...others[0], name: DEFAULT_NAME }),
    nodeClass: undefined,
    problem: `no node class says how machines are made: create one ${wanted} named "${DEFAULT_NAME}", or say which with --node-class (Azure gpu-provisioner: --node-class KaitoNodeClass.kaito.sh/${DEFAULT_NAME})`,
  }
}

/** As --node-class takes it. */
function describe({ group, kind, name }: NodeClassReference): string {
  return `${kind}.${group}/${name}`
}
