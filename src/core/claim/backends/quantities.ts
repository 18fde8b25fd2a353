// Pipeline: claim. Resource amounts → quantities as Kubernetes writes them, never less than what was asked for.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
import type { JsonObject } from '../../api/json.ts'
import type { Resources } from '../../api/resources.ts'

/** Bytes. */
export const GIB = 2 ** 30
const BINARY_SUFFIXES = ['Ti', 'Gi', 'Mi', 'Ki'] as const
const LARGEST_BINARY = 2 ** 40
const MILLICORES = 1000

/** A ResourceList. Amounts of zero are left out: a provisioner would wait for a node that publishes such a resource. */
export function formatResources(resources: Resources): JsonObject {
  const entries = Object.entries(resources).filter(([, amount]) => amount > 0)
  return Object.fromEntries(
    entries
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, amount]) => [name, formatQuantity(name, amount)]),
  )
}

/** `cpu` is given in millicores, everything else in base units; fractions are rounded up. */
export function formatQuantity(name: string, amount: number): string {
  const whole = Math.ceil(amount)
  if (name === 'cpu') return whole % MILLICORES === 0 ? String(whole / MILLICORES) : `${whole}m`
  return isBytes(name) ? formatBytes(whole) : String(whole)
}

function isBytes(name: string): boolean {
  return name === 'memory' || name.endsWith('storage') || name.startsWith('hugepages-')
}

/** Exact: the largest binary suffix that divides the number. */
function formatBytes(bytes: number): string {
  let unit = LARGEST_BINARY
  for (const suffix of BINARY_SUFFIXES) {
    if (bytes > 0 && bytes % unit === 0) return `${bytes / unit}${suffix}`
    unit /= 1024
  }
  return String(bytes)
}
