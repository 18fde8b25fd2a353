// Pipeline: claim. Whether a node's labels and taints admit a pod, as kube-scheduler's filters NodeAffinity and
// TaintToleration decide: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
import { isObject, listAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import type { Requirement, Taint, Toleration } from '../workload/observed.ts'

type Labels = Readonly<Record<string, string>>

/** What a pod demands of the labels of its node. */
export interface Constraints {
  readonly nodeSelector: Labels
  readonly affinityTerms: readonly JsonObject[]
}

/** PreferNoSchedule keeps no pod away. */
const EXCLUDING: ReadonlySet<string> = new Set(['NoSchedule', 'NoExecute'])

/** The taints by which GPU nodes are kept free: pods get tolerations for them when their gate is opened. */
export function isGpuTaint(taint: Taint): boolean {
  return taint.key === 'nvidia.com/gpu' || (taint.key === 'sku' && taint.value === 'gpu')
}

/** The first taint that keeps the pod away. */
export function untoleratedTaint(tolerations: readonly Json[], taints: readonly Taint[]): Taint | undefined {
  return taints.find(
    taint => EXCLUDING.has(taint.effect) && !isGpuTaint(taint) && !tolerations.some(t => tolerates(t, taint)),
  )
}

/** The API's rule: an empty key with Exists matches every taint, an empty effect every effect. */
export function tolerates(toleration: Json, taint: Taint): boolean {
  if (!isObject(toleration)) return false
  const {
    key = '',
    operator = 'Equal',
    value = '',
    effect = '',
  }: Toleration = {
    ...pick(toleration, 'key'),
    ...pick(toleration, 'operator'),
    ...pick(toleration, 'value'),
    ...pick(toleration, 'effect'),
  }
  if (effect !== '' && effect !== taint.effect) return false
  if (key === '' ? operator !== 'Exists' : key !== taint.key) return false
  return operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? ''))
}

function pick(object: JsonObject, name: keyof Toleration): Toleration {
  const value = stringAt(object, name)
  return value === undefined ? {} : { [name]: value }
}

/** Why the labels do not admit the pod; undefined: they do. */
export function labelMisfit(wanted: Constraints, labels: Labels, nodeName: string): string | undefined {
  const missing = Object.entries(wanted.nodeSelector).find(([key, value]) => labels[key] !== value)
  if (missing !== undefined)
    return `it lacks the label ${missing[0]}=${missing[1]} of the pod's node selector`
  if (wanted.affinityTerms.length === 0) return undefined
  return wanted.affinityTerms.some(term => matchesTerm(term, labels, nodeName))
    ? undefined
    : "it matches none of the terms of the pod's required node affinity"
}

/** Terms are ORed, what is in a term ANDed; an empty term matches nothing. */
function matchesTerm(term: JsonObject, labels: Labels, nodeName: string): boolean {
  const expressions = readRequirements(listAt(term, 'matchExpressions'))
  const fields = readRequirements(listAt(term, 'matchFields'))
  if (expressions === undefined || fields === undefined) return false
  if (expressions.length + fields.length === 0) return false
  return (
    expressions.every(requirement => matchesRequirement(requirement, labels[requirement.key])) &&
    fields.every(
      requirement => requirement.key === 'metadata.name' && matchesRequirement(requirement, nodeName),
    )
  )
}

/** Node selector requirements as they stand in an affinity term; undefined where one of them cannot be read. */
export function readRequirements(list: readonly Json[]): readonly Requirement[] | undefined {
  const requirements = list.map(item => {
    const key = isObject(item) ? stringAt(item, 'key') : undefined
    const operator = isObject(item) ? stringAt(item, 'operator') : undefined
    if (!isObject(item) || key === undefined || operator === undefined) return undefined
    const values = listAt(item, 'values').filter(value => typeof value === 'string')
    return { key, operator, values }
  })
  return requirements.every(requirement => requirement !== undefined) ? requirements : undefined
}

/** One requirement against the value of its label; undefined: the node has no such label. */
export function matchesRequirement(requirement: Requirement, value: string | undefined): boolean {
  const { operator, values } = requirement
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return compares(value, values, (left, right) => left > right)
    case 'Lt':
      return compares(value, values, (left, right) => left < right)
    default:
      return false
  }
}

const INTEGER = /^-?\d+$/

function compares(
  value: string | undefined,
  values: readonly string[],
  holds: (left: number, right: number) => boolean,
): boolean {
  const [limit = ''] = values
  return (
    value !== undefined && INTEGER.test(value) && INTEGER.test(limit) && holds(Number(value), Number(limit))
  )
}
