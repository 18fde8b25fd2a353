// Pipeline: template. Reads from the user's template what the decision depends on, and nothing else: what is read here
// is part of the intent (src/core/admit/intent-hash.ts).
import { isContainerName } from '../api/annotation-values.ts'
import { PREFIX } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { imageRepository } from '../api/image.ts'
import { isObject, listAt, objectAt, stringAt, textOf, type Json, type JsonObject } from '../api/json.ts'
import { fail, ok, type Result } from '../api/result.ts'
import type { Intent } from '../intent/intent.ts'
import type { Preset } from '../preset/catalogue.ts'
import { annotationsPath, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { DRAIN_SECONDS } from './steps/drain.ts'
import { GPU_RESOURCE } from './steps/gpu.ts'
import { SERVER_PORT } from './steps/port.ts'
import { isUnset } from './edit.ts'
import { isKnownSidecar } from './known-sidecars.ts'
import type { StepInput, TemplateReading } from './step.ts'
import { DATA_VOLUME, RESULTS_VOLUME } from './tuning-layout.ts'

/** The container that injection makes where the user wrote none. */
export const DEFAULT_CONTAINER = 'model'

/** The reading of a bare object (an older plan taken back), or every mistake in it at once. */
export function readTemplate(
  kind: WorkloadKind,
  object: JsonObject,
  intent: Pick<Intent, 'container'>,
  created: readonly string[] = [],
): Result<TemplateReading> {
  const template = objectAtPath(object, kind.templateAt)
  const pod = objectAt(template, 'spec')
  const spec = objectAtPath(object, kind.specAt)
  const podPath = [...kind.templateAt, 'spec'].join('.')
  const errors: FieldError[] = [...nodeNameErrors(pod, podPath)]
  const selected = selectContainer(pod, podPath, intent, annotationsPath(kind), created)
  if (!selected.ok) return fail(...errors, ...selected.errors)
  const { container, name, field } = selected.value
  const gpus = readGpus(container, field)
  if (!gpus.ok) return fail(...errors, ...gpus.errors)
  if (errors.length > 0) return fail(...errors)
  return ok({
    object,
    template,
    pod,
    container,
    containerName: name,
    containerField: field,
    repository: repositoryOf(container),
    httpPortTaken: listAt(container, 'ports').some(isOtherHttpPort),
    gpus: gpus.value,
    shortGrace: isShort(pod['terminationGracePeriodSeconds']),
    defaultStrategy: kind.rollsOut && hasDefaultStrategy(object),
    hasCommand: listAt(container, 'command').length > 0,
    restartsInPlace: kind.runsToCompletion && pod['restartPolicy'] === 'OnFailure',
    limitPerIndex: kind.runsToCompletion && typeof spec['backoffLimitPerIndex'] === 'number',
    ownData: hasVolume(pod, DATA_VOLUME),
    ownResults: hasVolume(pod, RESULTS_VOLUME),
  })
}

function hasVolume(pod: JsonObject, name: string): boolean {
  return listAt(pod, 'volumes').some(volume => isObject(volume) && volume['name'] === name)
}

/** No longer than the drain itself. */
function isShort(grace: Json | undefined): boolean {
  return typeof grace === 'number' && grace <= DRAIN_SECONDS
}

/** A server whose layout we know: no image yet, the preset's own image by repository, or `runtime` said so. */
export function serverOf(
  { repository }: Pick<TemplateReading, 'repository'>,
  { runtime }: Pick<Intent, 'runtime'>,
  { revisions }: Pick<Preset, 'revisions'>,
): StepInput['server'] {
  const known =
    repository === undefined ||
    runtime !== undefined ||
    revisions.some(({ image }) => imageRepository(image) === repository)
  return known ? 'preset' : 'own'
}

/** A pod that names its node bypasses the scheduler, and a gate on it is refused by the API server. */
function nodeNameErrors(pod: JsonObject, podPath: string): FieldError[] {
  const nodeName = stringAt(pod, 'nodeName')
  if (nodeName === undefined) return []
  const detail =
    'must be empty: kaito-native chooses the node (use nodeSelector or node affinity to narrow the choice)'
  return [{ type: 'Forbidden', field: `${podPath}.nodeName`, value: nodeName, detail, code: 'NodeNameSet' }]
}

interface Selected {
  readonly container: JsonObject
  readonly name: string
  readonly field: string
}

function selectContainer(
  pod: JsonObject,
  podPath: string,
  intent: Pick<Intent, 'container'>,
  annotations: string,
  created: readonly string[],
): Result<Selected> {
  const entries = listAt(pod, 'containers')
  const theirs = entries.filter(isObject)
  const ours = created.filter(name => named(theirs, name) === undefined).map(name => ({ name }))
  const containers: readonly JsonObject[] = theirs.length === 0 ? [] : [...theirs, ...ours]
  const candidates = containers.filter(({ name }) => typeof name !== 'string' || !isKnownSidecar(name))
  const chosen =
    intent.container === undefined ? implicitContainer(candidates) : named(containers, intent.container)
  if (candidates.length === 0 && chosen === undefined) {
    return ok({
      container: {},
      name: intent.container ?? DEFAULT_CONTAINER,
      field: `${podPath}.containers[${theirs.length}]`,
    })
  }
  if (chosen === undefined) return fail(noContainer(candidates, intent, annotations))
  const index = entries.indexOf(chosen)
  const field = `${podPath}.containers[${index < 0 ? entries.length : index}]`
  const name = stringAt(chosen, 'name') ?? ''
  if (isContainerName(name)) return ok({ container: chosen, name, field })
  const detail = 'must be a container name: lower case letters, digits and "-" (a DNS-1123 label)'
  return fail({
    type: name === '' ? 'Required' : 'Invalid',
    field: `${field}.name`,
    ...(name === '' ? {} : { value: name }),
    detail,
    code: 'InvalidTemplate',
  })
}

/** The only one; else the only one without an image; else the one named `model`. */
function implicitContainer(containers: readonly JsonObject[]): JsonObject | undefined {
  if (containers.length === 1) return containers[0]
  const withoutImage = containers.filter(container => stringAt(container, 'image') === undefined)
  return withoutImage.length === 1 ? withoutImage[0] : named(containers, DEFAULT_CONTAINER)
}

function named(containers: readonly JsonObject[], name: string): JsonObject | undefined {
  return containers.find(container => container['name'] === name)
}

function noContainer(
  containers: readonly JsonObject[],
  intent: Pick<Intent, 'container'>,
  annotations: string,
): FieldError {
  const names = containers.map(container => JSON.stringify(stringAt(container, 'name') ?? '')).join(', ')
  const field = `${annotations}[${PREFIX}container]`
  if (intent.container !== undefined) {
    const detail = `no container of the pod template has this name; supported values: ${names}`
    return { type: 'NotFound', field, value: intent.container, detail, code: 'AmbiguousContainer' }
  }
  const detail = `the pod template has ${containers.length} containers: name the one to fill; supported values: ${names}`
  return { type: 'Required', field, detail, code: 'AmbiguousContainer' }
}

function readGpus(container: JsonObject, field: string): Result<number | undefined> {
  const resources = objectAt(container, 'resources')
  const given = (['limits', 'requests'] as const).flatMap(list => {
    const value = objectAt(resources, list)[GPU_RESOURCE]
    return value === undefined || value === null
      ? []
      : [{ value, path: `${field}.resources.${list}[${GPU_RESOURCE}]` }]
  })
  const errors = given.filter(({ value }) => gpuCount(value) === undefined).map(invalidGpus)
  const [first, second] = given
  if (
    errors.length === 0 &&
    first !== undefined &&
    second !== undefined &&
    gpuCount(first.value) !== gpuCount(second.value)
  ) {
    const detail = `must be equal to the limit of ${GPU_RESOURCE}, ${gpuCount(first.value)}`
    errors.push({
      type: 'Invalid',
      field: second.path,
      value: textOf(second.value),
      detail,
      code: 'InvalidGpuCount',
    })
  }
  return errors.length > 0 ? fail(...errors) : ok(first === undefined ? undefined : gpuCount(first.value))
}

function gpuCount(value: Json): number | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : undefined
}

function invalidGpus({ value, path }: { value: Json; path: string }): FieldError {
  const detail = 'must be a whole number of GPUs, 1 or more; leave it out and it is computed'
  return { type: 'Invalid', field: path, value: textOf(value), detail, code: 'InvalidGpuCount' }
}

function repositoryOf(container: JsonObject): string | undefined {
  const image = stringAt(container, 'image')
  return image === undefined ? undefined : imageRepository(image)
}

/** Another port of the user's has the name that ours would get: names are unique in a container. */
function isOtherHttpPort(port: Json): boolean {
  return isObject(port) && port['name'] === 'http' && port['containerPort'] !== SERVER_PORT
}

/** RollingUpdate with both parameters at their defaults, written out or absent. */
function hasDefaultStrategy(object: JsonObject): boolean {
  const strategy = objectAtPath(object, ['spec', 'strategy'])
  const rollingUpdate = objectAt(strategy, 'rollingUpdate')
  return (
    isUnset(['spec', 'strategy', 'type'], strategy['type']) &&
    isUnset(['spec', 'strategy', 'rollingUpdate', 'maxSurge'], rollingUpdate['maxSurge']) &&
    isUnset(['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], rollingUpdate['maxUnavailable'])
  )
}
