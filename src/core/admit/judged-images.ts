// Pipeline: admit. Every image that kaito-native injects or reads for a workload, as it is pulled: what a policy's `registries`
// are about. An image of the user's own server is none of them.
import type { AnnotationName } from '../api/annotations.ts'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import { mirroredImage, type Mirror } from '../api/mirrors.ts'
import type { Named } from '../policy/judged.ts'
import type { Catalogue, Preset } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { serverOf } from '../template/reading.ts'
import { annotationsPath, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { annotationField } from './choose.ts'
import type { Known } from './judged.ts'

/** Each once: those that annotations name at the annotation, the others where they stand. */
export function imagesOf(
  kind: WorkloadKind,
  object: JsonObject,
  known: Known,
  mirrors: readonly Mirror[],
  catalogue: Catalogue,
): readonly Named[] {
  const named = [
    ...annotationImages(kind, known, mirrors, catalogue),
    ...standingImages(kind, object, known, catalogue),
  ]
  return named.filter(({ name }, index) => named.findIndex(other => other.name === name) === index)
}

function annotationImages(
  kind: WorkloadKind,
  { parsed: { intent, rest }, plan }: Known,
  mirrors: readonly Mirror[],
  catalogue: Catalogue,
): readonly Named[] {
  const field = (name: AnnotationName) => annotationField(annotationsPath(kind), name)
  const { adapters, weights, tuning } = rest
  const preset = intent === undefined ? undefined : catalogueEntry(intent.preset.name, catalogue)
  const revision = preset?.revisions.find(({ name }) => name === plan?.revision)
  const artifact = tuning === undefined ? undefined : revision?.tuning?.weightsImage
  const read = [
    ...adapters.map(({ image }, index) => ({ field: `${field('adapters')}[${index}].image`, name: image })),
    ...(weights?.kind === 'image' ? [{ field: field('weights'), name: weights.reference }] : []),
    ...(tuning?.inputImage === undefined
      ? []
      : [{ field: field('tuning-input-image'), name: tuning.inputImage }]),
    ...(artifact === undefined ? [] : [{ field: field('preset'), name: artifact }]),
  ]
  const pulled = read.map(one => ({ field: one.field, name: mirroredImage(one.name, mirrors) }))
  // What is pushed goes where the user says.
  const output = tuning?.output
  return output === undefined
    ? pulled
    : [...pulled, { field: field('tuning-output-image'), name: output.image }]
}

function catalogueEntry(name: string, catalogue: Catalogue): Preset | undefined {
  const resolved = resolvePreset(catalogue, name)
  return resolved.ok ? resolved.value.preset : undefined
}

/** Of the container that is filled, unless it is the user's own server, and of containers and volumes of ours. */
function standingImages(
  kind: WorkloadKind,
  object: JsonObject,
  known: Known,
  catalogue: Catalogue,
): readonly Named[] {
  const { reading, plan, parsed } = known
  if (plan === undefined || reading === undefined) return []
  const pod = objectAtPath(object, [...kind.templateAt, 'spec'])
  const path = [...kind.templateAt, 'spec'].join('.')
  const revisions = catalogueEntry(plan.preset, catalogue)?.revisions ?? []
  const isPresets = serverOf(reading, parsed.rest, { revisions }) === 'preset'
  const isOurs = (name: Json | undefined) =>
    typeof name === 'string' && (name.startsWith(OURS) || (isPresets && name === reading.containerName))
  const containers = ['initContainers', 'containers'].flatMap(list =>
    listAt(pod, list).flatMap((container, index) =>
      isObject(container) && isOurs(container['name'])
        ? [{ field: `${path}.${list}[${index}].image`, name: stringAt(container, 'image') }]
        : [],
    ),
  )
  const volumes = listAt(pod, 'volumes').flatMap((volume, index) =>
    isObject(volume) && isOurs(volume['name'])
      ? [
          {
            field: `${path}.volumes[${index}].image.reference`,
            name: stringAt(objectAt(volume, 'image'), 'reference'),
          },
        ]
      : [],
  )
  return [...containers, ...volumes].flatMap(({ field, name }) =>
    name === undefined ? [] : [{ field, name }],
  )
}

/** How the names of containers and volumes begin that are injected. */
const OURS = 'kaito-'
