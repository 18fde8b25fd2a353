// Pipeline: admit, final objects. The pod template's kaito.sh/placement, by which pods get their nodes, says what the plan
// says: it is written by kaito-native, and nobody gets other nodes by editing it.
import { PLACEMENT } from '../../api/annotations.ts'
import type { FieldError } from '../../api/field-error.ts'
import { jsonEqual, objectAt } from '../../api/json.ts'
import { projectPlacement } from '../../claim/project-placement.ts'
import { objectAtPath } from '../../workload/workload.ts'
import type { FinalPod } from './final-pod.ts'

const SAME = ['instanceTypes', 'gpusPerPod', 'nodesPerReplica', 'provisioning'] as const

/** One mistake where both differ; a placement that is gone is missing inventory. */
export function placementErrors({ kind, object, plan }: FinalPod): readonly FieldError[] {
  const template = objectAtPath(object, kind.templateAt)
  if (objectAt(objectAt(template, 'metadata'), 'annotations')[PLACEMENT] === undefined) return []
  const placement = projectPlacement(template)
  const differing = SAME.filter(key => placement === undefined || !jsonEqual(placement[key], plan[key]))
  if (differing.length === 0) return []
  const field = `${[...kind.templateAt, 'metadata', 'annotations'].join('.')}[${PLACEMENT}]`
  const detail = `is written by kaito-native and does not say what the plan says (${differing.join(', ')}): take it away, it comes back`
  return [{ type: 'Invalid', field, detail, code: 'PlacementChanged' }]
}
