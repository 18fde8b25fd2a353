// Pipeline: admit. A pod template that another plan made than the one at hand: `kubectl rollout undo` of a StatefulSet
// brings back a template without the annotations that it was made for (a ControllerRevision holds nothing else). Nobody
// can take back what that plan added any more, and it would pass for the user's own: so the update is refused.
import { PLACEMENT } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { isOurs, leafAt } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import type { Subject } from './subject.ts'

const DETAIL =
  'kaito-native wrote this for another plan: the annotations of the workload do not go with this pod template. ' +
  "Set them as they were then (kubectl rollout undo does not, for a StatefulSet), or leave the template's kaito.sh/placement alone"

/** The mistake in an UPDATE whose template carries the placement of another plan. */
export function foreignTemplateErrors({ kind, operation, object, producer }: Subject): readonly FieldError[] {
  const template = [...kind.templateAt, 'metadata', 'annotations']
  const path = [...template, PLACEMENT]
  const leaf = leafAt(producer?.added, path)
  const value = valueAt(object, path)
  // 0: the user's own from the beginning.
  if (operation !== 'UPDATE' || leaf === undefined || leaf === 0 || value === undefined) return []
  if (isOurs(leaf, value)) return []
  return [
    {
      type: 'Forbidden',
      field: `${template.join('.')}[${PLACEMENT}]`,
      detail: DETAIL,
      code: 'InvalidTemplate',
    },
  ]
}
