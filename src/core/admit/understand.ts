// Pipeline: admit. Annotations and template as typed values, or every mistake in them, the catalogue's among them. What is
// understood needs no catalogue: a recorded plan stands even where today's no longer knows its preset.
import type { FieldError } from '../api/field-error.ts'
import type { InventoryNode } from '../api/inventory.ts'
import { isMirrorOf } from '../api/image.ts'
import { stringAt } from '../api/json.ts'
import { parseIntent, type ParsedIntent } from '../intent/intent.ts'
import { createdNodesOf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import { readTemplate, serverOf } from '../template/reading.ts'
import type { Choice, StepInput, TemplateReading } from '../template/step.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { annotationField, choose, instanceTypeErrors, type Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { nameOf, type Subject } from './subject.ts'

/** What the user wants, or why it cannot be understood. */
export function understand(
  { kind, annotations, base, recorded }: Subject,
  context: AdmissionContext,
): Wanted | { readonly errors: readonly FieldError[] } {
  const path = annotationsPath(kind)
  if (!kind.supported) return { errors: [unsupportedKind(kind, path)] }
  const parsed = parseIntent(annotations, path)
  const { intent, rest, errors } = parsed
  const reading = readTemplate(kind, base, rest, createdContainers(kind, recorded))
  if (errors.length === 0 && intent !== undefined && reading.ok) return { intent, reading: reading.value }
  const catalogueErrors = errorsOfChoice(kind, parsed, reading.ok ? reading.value : NOTHING_READ, context)
  return { errors: [...errors, ...catalogueErrors, ...(reading.ok ? [] : reading.errors)] }
}

/** Containers that injection made where the user wrote none: they stay the ones to fill when others come beside them. */
function createdContainers(kind: WorkloadKind, recorded: InventoryNode): readonly string[] {
  const path = [...kind.templateAt, 'spec', 'containers']
  return [...createdNodesOf(recorded)]
    .map(([node]) => node)
    .filter(node => node.length === path.length + 1 && path.every((key, index) => node[index] === key))
    .map(node => node.at(-1) ?? '')
}

/** Stands for a template that could not be read: it asks for nothing. */
const NOTHING_READ: TemplateReading = {
  object: {},
  template: {},
  pod: {},
  container: {},
  containerName: '',
  containerField: '',
  repository: undefined,
  httpPortTaken: false,
  gpus: undefined,
  shortGrace: false,
  defaultStrategy: true,
}

/** What else is wrong with a workload that is refused anyway: the user should hear it all at once. */
function errorsOfChoice(
  kind: WorkloadKind,
  { intent, rest }: ParsedIntent,
  reading: TemplateReading,
  context: AdmissionContext,
): readonly FieldError[] {
  if (intent === undefined) return instanceTypeErrors(rest, context.catalogue, annotationsPath(kind))
  const chosen = choose(kind, { intent, reading }, context)
  return chosen.ok ? [] : chosen.errors
}

function unsupportedKind(kind: WorkloadKind, path: string): FieldError {
  const detail = `a ${kind.kind} is not supported yet; supported kinds: "Deployment", "StatefulSet"`
  return { type: 'Forbidden', field: annotationField(path, 'preset'), detail, code: 'NotYetSupported' }
}

/** What the steps read, with the paths at which they write. */
export function toStepInput(
  { kind, base, object }: Subject,
  { intent, reading }: Wanted,
  choice: Choice,
): StepInput {
  const pod = [...kind.templateAt, 'spec']
  const at = { template: kind.templateAt, pod, container: [...pod, 'containers', reading.containerName] }
  const server = serverOf(reading, intent, choice.preset)
  const standing = valueAt(object, [...at.container, 'image'])
  const mirrored =
    typeof standing === 'string' && isMirrorOf(standing, choice.revision.image) ? standing : undefined
  const image = stringAt(reading.container, 'image') ?? mirrored ?? choice.revision.image
  return { ...reading, ...choice, kind, name: nameOf(base), intent, server, image, at }
}
