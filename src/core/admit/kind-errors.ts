// Pipeline: admit. What a kind of workload asks of its user, whatever the catalogue says.
import { PREFIX } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import type { Intent } from '../intent/intent.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { serverOf } from '../template/reading.ts'
import type { TemplateReading } from '../template/step.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { annotationField, NEEDS_STATEFUL_SET } from './choose.ts'
import { isAboutTuning } from './tuning-errors.ts'

/** Mistakes in annotations that this kind cannot follow. */
export function intentErrors(
  kind: WorkloadKind,
  { nodesPerReplica = 1 }: Pick<Intent, 'nodesPerReplica'>,
): readonly FieldError[] {
  if (nodesPerReplica === 1 || kind.hasOrdinals) return []
  const field = annotationField(annotationsPath(kind), 'nodes-per-replica')
  const value = String(nodesPerReplica)
  return [{ type: 'Invalid', field, value, detail: NEEDS_STATEFUL_SET, code: 'OneNodeOnly' }]
}

/** Batch inference: a preset's image serves nothing by itself, so what it shall do is the user's to say. */
export function commandErrors(
  kind: WorkloadKind,
  intent: Intent,
  reading: TemplateReading,
  catalogue: Catalogue,
): readonly FieldError[] {
  if (!kind.runsToCompletion || reading.hasCommand || isAboutTuning(intent)) return []
  const resolved = resolvePreset(catalogue, intent.preset.name)
  const revisions = resolved.ok ? resolved.value.preset.revisions : []
  if (serverOf(reading, intent, { revisions }) === 'own') return []
  const detail = `a ${kind.kind} runs to completion, so nothing is served: set the command that does the work (the preset's image has python3, with vllm and transformers), or use a Deployment to serve ${PREFIX}preset`
  return [{ type: 'Required', field: `${reading.containerField}.command`, detail, code: 'NoCommand' }]
}
