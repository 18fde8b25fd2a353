// Pipeline: admit. A pod template that another plan made than the one at hand: `kubectl rollout undo` of a StatefulSet
// brings back a template without the annotations that it was made for (a ControllerRevision holds nothing else). Nobody
// can take back what that plan added any more, and it would pass for the user's own: so the update is refused. And one in
// which somebody else says what the scheduler should believe.
import { PLACEMENT } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { leafAt } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import type { Subject } from './subject.ts'

const OF_ANOTHER_PLAN =
  'kaito-native wrote this for another plan: the annotations of the workload do not go with this pod template. ' +
  "Set them as they were then (kubectl rollout undo does not, for a StatefulSet), or leave the template's kaito.sh/placement alone"
/** The scheduler would believe it. */
const NOT_YOURS = 'is written by kaito-native, never by users: leave it out'

/** The mistake in a pod template whose placement is that of another plan, or somebody's own. */
export function foreignTemplateErrors(subject: Subject): readonly FieldError[] {
  const { kind, operation, base, producer } = subject
  const template = [...kind.templateAt, 'metadata', 'annotations']
  const path = [...template, PLACEMENT]
  // What the plan at hand has written is not in the base.
  if (valueAt(base, path) === undefined) return []
  const recorded = leafAt(producer?.added, path)
  // 0: of a workload that was planned before this was refused.
  if (operation === 'UPDATE' && recorded === 0) return []
  const detail = operation === 'UPDATE' && recorded !== undefined ? OF_ANOTHER_PLAN : NOT_YOURS
  const field = `${template.join('.')}[${PLACEMENT}]`
  return [{ type: 'Forbidden', field, detail, code: 'InvalidTemplate' }]
}
