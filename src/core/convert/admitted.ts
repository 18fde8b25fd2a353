// Pipeline: convert. What admission says to the native objects: how many nodes a server takes, and what would be refused,
// told in the fields of the upstream object, so that the user looks where the mistake is.
import { PREFIX } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import type { JsonObject } from '../api/json.ts'
import { choose } from '../admit/choose.ts'
import type { AdmissionContext } from '../admit/context.ts'
import { decideMutation } from '../admit/mutate.ts'
import { takeApart } from '../admit/subject.ts'
import { understand } from '../admit/understand.ts'
import { DEPLOYMENT } from '../workload/deployment.ts'
import { STATEFUL_SET } from '../workload/stateful-set.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import { desiredObjects } from './desired-objects.ts'
import type { Wish } from './wish.ts'

/** Nodes that one server takes: one wherever that is enough; one as well where nothing fits, admission says why. */
export function nodesPerServer(wish: Wish, context: AdmissionContext): number {
  if (wish.work?.does !== 'inference') return 1
  return placedNodes(wish, DEPLOYMENT, context) ?? placedNodes(wish, STATEFUL_SET, context) ?? 1
}

/** The nodes of a replica of this kind, sized by what is there of the wish besides its adapters (which do not enter it). */
function placedNodes(wish: Wish, kind: WorkloadKind, context: AdmissionContext): number | undefined {
  const [draft] = desiredObjects(withoutAdapters(wish), 1)
  if (draft === undefined) return undefined
  const object = { ...draft, apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind }
  const wanted = understand(takeApart(kind, { operation: 'CREATE', object }), context)
  if ('errors' in wanted) return undefined
  const chosen = choose(kind, wanted, context)
  return chosen.ok ? chosen.value.choice.placement.nodesPerReplica : undefined
}

function withoutAdapters(wish: Wish): Wish {
  if (wish.work?.does !== 'inference') return wish
  const { adapters: _, ...annotations } = wish.work.model.annotations
  return { ...wish, work: { ...wish.work, model: { ...wish.work.model, annotations } } }
}

/** Every mistake that admission finds in the objects, each once, with the upstream field. */
export function admissionErrors(
  objects: readonly JsonObject[],
  wish: Wish,
  context: AdmissionContext,
): readonly FieldError[] {
  const told = new Map<string, FieldError>()
  for (const object of objects) {
    const decision = decideMutation({ operation: 'CREATE', object }, context)
    const errors = decision.decision === 'Deny' ? decision.errors : []
    for (const error of errors)
      told.set(JSON.stringify(error), { ...error, field: upstreamField(error.field, wish) })
  }
  return [...told.values()]
}

const INFERENCE_FIELDS: Readonly<Record<string, string>> = {
  preset: 'inference.preset.name',
  'instance-type': 'resource.instanceType',
  adapters: 'inference.adapters',
  config: 'inference.config',
  'model-access-secret': 'inference.preset.presetOptions.modelAccessSecret',
}
const TUNING_FIELDS: Readonly<Record<string, string>> = {
  preset: 'tuning.preset.name',
  'instance-type': 'resource.instanceType',
  config: 'tuning.config',
  'model-access-secret': 'tuning.preset.presetOptions.modelAccessSecret',
  'tuning-method': 'tuning.method',
  'tuning-input-urls': 'tuning.input.urls',
  'tuning-input-image': 'tuning.input.image',
  'tuning-output-image': 'tuning.output.image',
  'tuning-output-image-push-secret': 'tuning.output.imagePushSecret',
}

const ANNOTATION_FIELD = /^metadata\.annotations\[([^\]]*)\](.*)$/

/** `metadata.annotations[kaito.sh/preset]` → `inference.preset.name`; what has no upstream field keeps its own. */
function upstreamField(field: string, { work, path }: Wish): string {
  const [, name = '', below = ''] = ANNOTATION_FIELD.exec(field) ?? []
  if (!name.startsWith(PREFIX)) return field
  const fields = work?.does === 'tuning' ? TUNING_FIELDS : INFERENCE_FIELDS
  const upstream = fields[name.slice(PREFIX.length)]
  if (upstream === undefined) return field
  return path + upstream + below.replace(/^(\[\d+\])\.(name|image|imagePullSecrets)/, '$1.source.$2')
}
