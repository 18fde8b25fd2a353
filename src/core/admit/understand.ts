// Pipeline: admit. Annotations and template as typed values, or every mistake in them, the catalogue's among them. What is
// understood needs no catalogue: a recorded plan stands even where today's no longer knows its preset.
import type { FieldError } from '../api/field-error.ts'
import type { InventoryNode } from '../api/inventory.ts'
import { stringAt } from '../api/json.ts'
import type { PodScripts } from '../api/pod-scripts.ts'
import { parseIntent, type Intent, type ParsedIntent } from '../intent/intent.ts'
import { createdNodesOf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'
import { pulledImage } from '../template/own-container.ts'
import { NO_POLICIES } from '../policy/namespace-policies.ts'
import { readTemplate, serverOf } from '../template/reading.ts'
import type { Choice, StepInput, TemplateReading } from '../template/step.ts'
import { annotationsPath, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { choose, instanceTypeErrors, type Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { namespaceOf } from './endpoint.ts'
import { commandErrors, intentErrors } from './kind-errors.ts'
import { nameOf, type Subject } from './subject.ts'
import { trainerErrors, tuningErrors } from './tuning-errors.ts'

/** What the user wants, or why it cannot be understood. */
export function understand(
  { kind, annotations, object, base, recorded }: Subject,
  context: AdmissionContext,
): Wanted | { readonly errors: readonly FieldError[] } {
  const path = annotationsPath(kind)
  const policies = context.policy.policiesOf(namespaceOf(object)) ?? NO_POLICIES
  const parsed = parseIntent(annotations, path, context.parseYaml)
  const { intent, rest } = parsed
  const reading = readTemplate(kind, base, rest, createdContainers(kind, recorded))
  const read = reading.ok ? reading.value : undefined
  const ofContainer =
    intent === undefined || read === undefined ? [] : containerErrors(kind, intent, read, context)
  const errors = [...parsed.errors, ...intentErrors(kind, rest), ...tuningErrors(kind, rest, read)]
  if (errors.length === 0 && ofContainer.length === 0 && intent !== undefined && read !== undefined)
    return { intent, reading: read, policies }
  const catalogueErrors = errorsOfChoice(kind, parsed, { reading: read ?? NOTHING_READ, policies }, context)
  return { errors: [...errors, ...catalogueErrors, ...ofContainer, ...(reading.ok ? [] : reading.errors)] }
}

/** Of a kind that runs to completion: what its container must have, or may not have. */
function containerErrors(
  kind: WorkloadKind,
  intent: Intent,
  reading: TemplateReading,
  { catalogue }: AdmissionContext,
): readonly FieldError[] {
  return [...commandErrors(kind, intent, reading, catalogue), ...trainerErrors(intent, reading, catalogue)]
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
  hasCommand: true,
  restartsInPlace: false,
  limitPerIndex: false,
  ownData: false,
  ownResults: false,
}

/** What else is wrong with a workload that is refused anyway: the user should hear it all at once. */
function errorsOfChoice(
  kind: WorkloadKind,
  { intent, rest }: ParsedIntent,
  read: Pick<Wanted, 'reading' | 'policies'>,
  context: AdmissionContext,
): readonly FieldError[] {
  if (intent === undefined) return instanceTypeErrors(rest, context.catalogue, annotationsPath(kind))
  const chosen = choose(kind, { intent, ...read }, context)
  return chosen.ok ? [] : chosen.errors
}

/** What the steps read, with the paths at which they write. */
export function toStepInput(
  { kind, base, object, producer }: Subject,
  { intent, reading }: Wanted,
  choice: Choice,
  scripts: PodScripts,
): StepInput {
  const pod = [...kind.templateAt, 'spec']
  const container = [...pod, 'containers', reading.containerName]
  const at = { spec: kind.specAt, template: kind.templateAt, pod, container }
  const server = serverOf(reading, intent, choice.preset)
  const standing = valueAt(object, [...at.container, 'image'])
  const mirrors = { mirrors: choice.mirrors, arrivingMirrors: producer?.mirrors ?? [] }
  const image =
    stringAt(reading.container, 'image') ??
    pulledImage(mirrors, choice.revision.image, typeof standing === 'string' ? standing : undefined)
  const names = { name: nameOf(base), namespace: namespaceOf(base) }
  return {
    ...reading,
    ...choice,
    ...names,
    kind,
    intent,
    server,
    image,
    at,
    scripts,
    arrivingPod: objectAtPath(object, pod),
    ...mirrors,
  }
}
