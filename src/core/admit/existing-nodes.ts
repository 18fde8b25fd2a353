// Pipeline: admit. Provisioning `none`: pods run on the nodes that are there, so these are what can be chosen, also types
// that the catalogue does not list. Where the nodes are not known (offline) the catalogue decides as ever.
import type { Provisioning } from '../api/plan.ts'
import type { Intent } from '../intent/intent.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { withGpuNodes, type GpuNodeShape } from '../sizing/gpu-nodes.ts'
import type { AdmissionContext } from './context.ts'

interface Known {
  readonly catalogue: Catalogue
  readonly extended: Catalogue
}
/** A catalogue is indexed by identity, so the extended one is made once for each list of nodes. */
const extended = new WeakMap<readonly GpuNodeShape[], Known>()

/** The catalogue of a decision, with the cluster's own types where pods are to run on them. */
export function catalogueFor(
  { catalogue, facts: { gpuNodes } }: AdmissionContext,
  provisioning: Provisioning,
): Catalogue {
  if (provisioning !== 'none' || gpuNodes === undefined) return catalogue
  const known = extended.get(gpuNodes)
  if (known?.catalogue === catalogue) return known.extended
  const made = { catalogue, extended: withGpuNodes(catalogue, gpuNodes) }
  extended.set(gpuNodes, made)
  return made.extended
}

/** What `auto` chooses from; undefined: from the catalogue, also while the cluster has no GPU node yet. */
export function existingTypes(
  { facts: { gpuNodes = [] } }: AdmissionContext,
  provisioning: Provisioning,
): readonly GpuNodeShape[] | undefined {
  return provisioning === 'none' && gpuNodes.length > 0 ? gpuNodes : undefined
}

/** Pods that will stay pending until somebody adds a node. */
export function existingNodeWarnings(
  { instanceTypes, provisioning: asked }: Pick<Intent, 'instanceTypes' | 'provisioning'>,
  { facts: { gpuNodes, provisioning: ofCluster } }: AdmissionContext,
  provisioning: Provisioning,
): readonly string[] {
  if (provisioning !== 'none' || gpuNodes === undefined) return []
  const names = new Set(gpuNodes.map(({ name }) => name.toLowerCase()))
  const missing = instanceTypes.filter(name => !names.has(name.toLowerCase()))
  if (gpuNodes.length > 0)
    return missing.map(name => `no node of the cluster is a ${name}: nobody makes one (provisioning none)`)
  const remedy =
    asked === 'none' && ofCluster !== 'none' ? 'take kaito.sh/provisioning away' : 'install Karpenter'
  return [`the cluster has no GPU node and provisioning is none: pods wait; add a node or ${remedy}`]
}
