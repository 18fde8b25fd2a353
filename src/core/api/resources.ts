// Pipeline: vocabulary. Resource quantities as numbers: what kube-scheduler adds up and compares.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
import type { Json, JsonObject } from './json.ts'

/** Amounts by resource name: cpu in millicores, everything else in base units (bytes, pieces). */
export type Resources = Readonly<Record<string, number>>

export const GPU = 'nvidia.com/gpu'

/** Resources of which every node has exactly one without saying so (claim/exclusive.ts). */
export const EXCLUSIVE_PREFIX = 'kaito.sh/one-a-node:'

/** True for a resource of which every node has exactly one. */
export function isExclusive(name: string): boolean {
  return name.startsWith(EXCLUSIVE_PREFIX)
}

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const QUANTITY = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/

/** The number that a quantity stands for (`500m` → 0.5, `2Gi` → 2147483648); undefined where it is none. */
export function parseQuantity(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  const match = typeof value === 'string' ? QUANTITY.exec(value.trim()) : null
  if (match === null) return undefined
  const [, number = '', suffix = '', exponent] = match
  const factor = exponent === undefined ? (SUFFIXES[suffix] ?? NaN) : 10 ** Number(exponent)
  const amount = Number(number) * factor
  return Number.isFinite(amount) ? amount : undefined
}

/** A ResourceList as numbers; entries that are no quantity are left out (the API server lets none in). */
export function readResources(list: JsonObject): Resources {
  const amounts: Record<string, number> = {}
  for (const [name, value] of Object.entries(list)) {
    const amount = parseQuantity(value)
    if (amount !== undefined) amounts[name] = name === 'cpu' ? millicores(amount) : amount
  }
  return amounts
}

/** Rounded up, as kube-scheduler does; 0.009 × 1000 is a little more than 9 in floating point, and means 9. */
function millicores(cores: number): number {
  return Math.ceil(Number((cores * 1000).toFixed(3)))
}

/** The sum, name by name. */
export function addResources(left: Resources, right: Resources): Resources {
  const sum: Record<string, number> = { ...left }
  for (const [name, amount] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + amount
  return sum
}

/** The larger of both, name by name. */
export function maxResources(left: Resources, right: Resources): Resources {
  const largest: Record<string, number> = { ...left }
  for (const [name, amount] of Object.entries(right)) largest[name] = Math.max(largest[name] ?? 0, amount)
  return largest
}

/** What is left; below zero where more is used than there is. */
export function subtractResources(left: Resources, right: Resources): Resources {
  const rest: Record<string, number> = { ...left }
  for (const [name, amount] of Object.entries(right)) rest[name] = (rest[name] ?? 0) - amount
  return rest
}

/** The resources of which `wanted` asks for more than is `free`; empty: it fits. */
export function lackingResources(wanted: Resources, free: Resources): readonly string[] {
  return Object.keys(wanted).filter(
    name => (wanted[name] ?? 0) > 0 && (wanted[name] ?? 0) > (free[name] ?? 0) + (isExclusive(name) ? 1 : 0),
  )
}
