// Pipeline: claim. What a pod demands of its node → requirements of a claim. A claim holds one conjunction, a pod's affinity
// is a disjunction of them: the first term that a claim can express is taken.
import { listAt, type JsonObject } from '../api/json.ts'
import type { Requirement } from '../workload/observed.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { readRequirements, type Constraints } from './fits.ts'

/** https://kubernetes.io/docs/reference/labels-annotations-taints/ */
export const INSTANCE_TYPE_LABEL = 'node.kubernetes.io/instance-type'
/** Not always the node's name: the kubelet sets it. */
export const HOSTNAME_LABEL = 'kubernetes.io/hostname'
const CAPACITY_TYPE_LABEL = 'karpenter.sh/capacity-type'
/** Capacity is refused in a zone and for a capacity type, not for a cluster. */
const SCOPE_KEYS: ReadonlySet<string> = new Set(['topology.kubernetes.io/zone', CAPACITY_TYPE_LABEL])
/** NodeClaim's validation: https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/apis/v1/nodeclaim.go */
const KARPENTER_KEYS: ReadonlySet<string> = new Set([CAPACITY_TYPE_LABEL, 'karpenter.sh/nodepool'])

/** The requirements of a claim and the instance types that they leave, or why no claim can meet the pod's demands. */
export type Claimable =
  | {
      readonly ok: true
      readonly requirements: readonly Requirement[]
      readonly instanceTypes: readonly string[]
    }
  | { readonly ok: false; readonly message: string }

/** What a claim for pods with these constraints must say; `instanceTypes` are those of their placement. */
export function claimRequirements(wanted: Constraints, instanceTypes: readonly string[]): Claimable {
  const selected = Object.entries(wanted.nodeSelector).map(([key, value]): Requirement => ({
    key,
    operator: 'In',
    values: [value],
  }))
  if (wanted.affinityTerms.length === 0) return conjunction(selected, instanceTypes)
  const tried = wanted.affinityTerms.map(term => fromTerm(term, selected, instanceTypes))
  return tried.find(claimable => claimable.ok) ?? tried[0] ?? conjunction(selected, instanceTypes)
}

/**
 * Canonical text of the requirements that narrow a refusal down; empty: it holds everywhere. On demand is what a claim says
 * where the pods say nothing (backends/karpenter.ts), so it is no scope of its own.
 */
export function capacityScope(requirements: readonly Requirement[]): string {
  return requirements
    .filter(requirement => SCOPE_KEYS.has(requirement.key) && !isOnDemand(requirement))
    .map(({ key, operator, values }) => `${key} ${operator} ${values.toSorted().join(',')}`)
    .toSorted()
    .join('; ')
}

const ON_DEMAND: ReadonlySet<string> = new Set(['on-demand', 'reserved'])

function isOnDemand({ key, operator, values }: Requirement): boolean {
  return key === CAPACITY_TYPE_LABEL && operator === 'In' && values.every(value => ON_DEMAND.has(value))
}

function fromTerm(
  term: JsonObject,
  selected: readonly Requirement[],
  instanceTypes: readonly string[],
): Claimable {
  if (listAt(term, 'matchFields').length > 0)
    return impossible(
      'its required node affinity names a node (matchFields), and a new node has another name',
    )
  const expressions = readRequirements(listAt(term, 'matchExpressions'))
  return expressions === undefined || expressions.length === 0
    ? impossible('a term of its required node affinity is empty')
    : conjunction([...selected, ...expressions], instanceTypes)
}

function conjunction(all: readonly Requirement[], instanceTypes: readonly string[]): Claimable {
  const refused = all.map(({ key }) => keyProblem(key)).find(problem => problem !== undefined)
  if (refused !== undefined) return impossible(refused)
  const merged = mergeLists(all.filter(({ key }) => key !== INSTANCE_TYPE_LABEL))
  const contradiction = merged.find(({ operator, values }) => operator === 'In' && values.length === 0)
  if (contradiction !== undefined)
    return impossible(`its node selector and its affinity contradict each other about ${contradiction.key}`)
  const types = all.filter(({ key }) => key === INSTANCE_TYPE_LABEL).reduce(narrowTypes, instanceTypes)
  return types.length === 0
    ? impossible(`its node selector and affinity leave none of ${instanceTypes.join(', ')}`)
    : { ok: true, requirements: merged, instanceTypes: types }
}

function keyProblem(key: string): string | undefined {
  if (key === CLAIM_LABEL || key === HOSTNAME_LABEL) return `it wants one certain node (${key})`
  const domain = key.slice(0, Math.max(0, key.indexOf('/')))
  const isKarpenters = domain === 'karpenter.sh' || domain.endsWith('.karpenter.sh')
  return isKarpenters && !KARPENTER_KEYS.has(key) ? `no claim may require ${key}` : undefined
}

/** In-lists of one key become their intersection; everything else stays as it is. */
function mergeLists(all: readonly Requirement[]): readonly Requirement[] {
  const merged: Requirement[] = []
  for (const requirement of all) {
    const at = merged.findIndex(({ key, operator }) => key === requirement.key && operator === 'In')
    const before = merged[at]
    if (requirement.operator === 'In' && before !== undefined)
      merged[at] = { ...before, values: before.values.filter(value => requirement.values.includes(value)) }
    else merged.push(requirement)
  }
  return merged
}

function narrowTypes(types: readonly string[], { operator, values }: Requirement): readonly string[] {
  const named = new Set(values.map(value => value.toLowerCase()))
  if (operator === 'In') return types.filter(type => named.has(type.toLowerCase()))
  if (operator === 'NotIn') return types.filter(type => !named.has(type.toLowerCase()))
  return operator === 'Exists' ? types : []
}

function impossible(message: string): Claimable {
  return { ok: false, message }
}
