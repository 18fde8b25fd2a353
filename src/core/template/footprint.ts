// Pipeline: template. A recorded inventory is acted upon only where injection itself may have written: whoever edits a plan
// by hand gains no patch elsewhere. A step that goes leaves its footprint behind, or older plans could not be undone.
import type { InventoryNode } from '../api/inventory.ts'
import { isObject } from '../api/json.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import type { FootprintPattern } from './step.ts'
import { FOOTPRINT } from './steps.ts'

/** True when every place of the inventory is one that the steps declare. */
export function isInsideFootprint(kind: WorkloadKind, added: InventoryNode): boolean {
  return isInside(added, patternsOf(kind))
}

/** The footprint with the kind's own paths, `*` for any merge key or map key. */
export function patternsOf({ specAt, templateAt }: WorkloadKind): readonly FootprintPattern[] {
  const pod = [...templateAt, 'spec']
  const places: Readonly<Record<string, readonly string[]>> = {
    '{spec}': specAt,
    '{template}': templateAt,
    '{pod}': pod,
    '{container}': [...pod, 'containers', '*'],
  }
  return FOOTPRINT.map(pattern => pattern.flatMap(step => places[step] ?? [step]))
}

function isInside(node: InventoryNode, patterns: readonly FootprintPattern[]): boolean {
  return Object.entries(node).every(([key, child]) => {
    if (key === '+') return true
    const rest = patterns.filter(([step]) => step === key || step === '*').map(pattern => pattern.slice(1))
    if (!isObject(child)) return rest.some(pattern => pattern.length === 0)
    const deeper = rest.filter(pattern => pattern.length > 0)
    return deeper.length > 0 && isInside(child, deeper)
  })
}
