// Pipeline: claim. What a pod demands of its node → requirements of a claim. A claim holds one conjunction, a pod's affinity
// is a disjunction of them: the first term that a claim can express is taken.
import { listAt, type JsonObject } from '../api/json.ts'
import type { Requirement } from '../workload/observed.ts'
import { CLAIM_LABEL } from './backends/claim-keys.ts'
import { matchesRequirement, readRequirements, type Constraints } from './fits.ts'

/** https://kubernetes.io/docs/reference/labels-annotations-taints/ */
export const INSTANCE_TYPE_LABEL = 'node.kubernetes.io/instance-type'
/** Not always the node's name: the kubelet sets it. */
export const HOSTNAME_LABEL = 'kubernetes.io/hostname'
const OS_LABEL = 'kubernetes.io/os'
const ARCH_LABEL = 'kubernetes.io/arch'
const CAPACITY_TYPE_LABEL = 'karpenter.sh/capacity-type'
/** Capacity is refused in a zone and for a capacity type, not for a cluster. */
const SCOPE_KEYS: ReadonlySet<string> = new Set(['topology.kubernetes.io/zone', CAPACITY_TYPE_LABEL])
/** NodeClaim's validation: https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/apis/v1/nodeclaim.go */
const KARPENTER_KEYS: ReadonlySet<string> = new Set([CAPACITY_TYPE_LABEL, 'karpenter.sh/nodepool'])

/** An instance type, and its architecture (label kubernetes.io/arch) where that is known. */
export interface KnownType {
  readonly name: string
  readonly arch?: string
}

/** The requirements of a claim and the instance types that they leave, or why no claim can meet the pod's demands. */
export type Claimable =
  | {
      readonly ok: true
      readonly requirements: readonly Requirement[]
      readonly instanceTypes: readonly string[]
    }
  | { readonly ok: false; readonly message: string }

/** What a claim for pods with these constraints must say; `types` are those of their placement. */
export function claimRequirements(wanted: Constraints, types: readonly KnownType[]): Claimable {
  const selected = Object.entries(wanted.nodeSelector).map(([key, value]): Requirement => ({
    key,
    operator: 'In',
    values: [value],
  }))
  if (wanted.affinityTerms.length === 0) return conjunction(selected, types)
  const tried = wanted.affinityTerms.map(term => fromTerm(term, selected, types))
  return tried.find(claimable => claimable.ok) ?? tried[0] ?? conjunction(selected, types)
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
  types: readonly KnownType[],
): Claimable {
  if (listAt(term, 'matchFields').length > 0)
    return impossible(
      'its required node affinity names a node (matchFields), and a new node has another name',
    )
  const expressions = readRequirements(listAt(term, 'matchExpressions'))
  return expressions === undefined || expressions.length === 0
    ? impossible('a term of its required node affinity is empty')
    : conjunction([...selected, ...expressions], types)
}

function conjunction(all: readonly Requirement[], known: readonly KnownType[]): Claimable {
  const fits = known.filter(type => all.every(requirement => isPlatform(type, requirement)))
  const instanceTypes = fits.map(({ name }) => name)
  if (instanceTypes.length === 0 && known.length > 0) return impossible(platformProblem(all, known))
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

/** What every node of the type is, whoever makes it, says nothing against the requirement. */
function isPlatform({ arch }: KnownType, requirement: Requirement): boolean {
  if (requirement.key === OS_LABEL) return matchesRequirement(requirement, 'linux')
  return requirement.key !== ARCH_LABEL || arch === undefined || matchesRequirement(requirement, arch)
}

function platformProblem(all: readonly Requirement[], known: readonly KnownType[]): string {
  const wanted = all
    .filter(({ key }) => key === OS_LABEL || key === ARCH_LABEL)
    .map(({ key, operator, values }) => `${key} ${operator} ${values.join(',')}`.trimEnd())
  const types = known.map(({ name, arch = 'any architecture' }) => `${name} (linux, ${arch})`)
  return `it wants ${wanted.join(', ')}, and its plan has ${types.join(', ')}`
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
