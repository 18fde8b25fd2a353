// Pipeline: admit. What fine-tuning asks of its user, all at once: where the data come from and where the adapter goes,
// each in exactly one way, and what does not go together with a trainer.
import { PREFIX, type AnnotationName } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { isObject, listAt, stringAt, type JsonObject } from '../api/json.ts'
import type { Intent } from '../intent/intent.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { serverOf } from '../template/reading.ts'
import type { TemplateReading } from '../template/step.ts'
import {
  DATA_FOLDER,
  DATA_VOLUME,
  RESULTS_FOLDER,
  RESULTS_VOLUME,
  STATE_FOLDER,
} from '../template/tuning-layout.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { annotationField } from './choose.ts'

const METHOD: AnnotationName = 'tuning-method'
const URLS: AnnotationName = 'tuning-input-urls'
const INPUT_IMAGE: AnnotationName = 'tuning-input-image'
const OUTPUT_IMAGE: AnnotationName = 'tuning-output-image'
const PUSH_SECRET: AnnotationName = 'tuning-output-image-push-secret'
const DETAILS = [URLS, INPUT_IMAGE, OUTPUT_IMAGE, PUSH_SECRET]

/** It tunes, or would with the method that it lacks: then nothing is missing that batch inference needs. */
export function isAboutTuning({ source }: Pick<Intent, 'source'>): boolean {
  return [METHOD, ...DETAILS].some(name => source[name] !== undefined)
}

/** Annotations that are about a server, and why a trainer has no use for them. */
const OF_SERVERS: readonly (readonly [AnnotationName, string])[] = [
  ['adapters', 'tuning starts from the model itself'],
  ['api-key-secret', 'a tuning job has no clients'],
  ['max-model-len', 'a tuning job serves nothing: its context length is a setting of the trainer'],
]
const READY_WEIGHTS = 'tuning reads ready weights: "pvc:CLAIM/PATH" or "image:REFERENCE"'
const SECRET_EXPECTED = 'the Secret with the credentials for the push, of type kubernetes.io/dockerconfigjson'

type Subject = Omit<Intent, 'preset'>

/** Mistakes in the annotations of a tuning job; `reading` undefined: the template could not be read. */
export function tuningErrors(
  kind: WorkloadKind,
  intent: Subject,
  reading: TemplateReading | undefined,
): readonly FieldError[] {
  const is = (name: AnnotationName): boolean => Object.hasOwn(intent.source, name)
  const mistakes = is(METHOD)
    ? [...purposeMistakes(kind, intent, is), ...inputMistakes(is, reading), ...outputMistakes(is, reading)]
    : DETAILS.filter(is).map(name => forbidden(name, `only together with ${PREFIX}${METHOD}`))
  return mistakes.map(({ name, type, detail }) => {
    const field = annotationField(annotationsPath(kind), name)
    return { type, field, detail, code: 'InvalidAnnotation' }
  })
}

interface Mistake extends Pick<FieldError, 'type' | 'detail'> {
  readonly name: AnnotationName
}
type Is = (name: AnnotationName) => boolean

function forbidden(name: AnnotationName, detail: string): Mistake {
  return { name, type: 'Forbidden', detail }
}

function required(name: AnnotationName, detail: string): Mistake {
  return { name, type: 'Required', detail }
}

/** What does not go together with a trainer. */
function purposeMistakes(kind: WorkloadKind, { weights }: Subject, is: Is): readonly Mistake[] {
  const endless = `a ${kind.kind} runs for ever and tuning ends: use a Job or a CronJob`
  const isDownload = weights?.kind === 'claim' && weights.path === undefined
  return [
    ...(kind.runsToCompletion ? [] : [forbidden(METHOD, endless)]),
    ...OF_SERVERS.filter(([name]) => is(name)).map(([name, why]) => forbidden(name, why)),
    ...(isDownload ? [forbidden('weights', READY_WEIGHTS)] : []),
  ]
}

function inputMistakes(is: Is, reading: TemplateReading | undefined): readonly Mistake[] {
  return notOneOf([URLS, INPUT_IMAGE], DATA_VOLUME, is, reading && reading.ownData)
}

function outputMistakes(is: Is, reading: TemplateReading | undefined): readonly Mistake[] {
  const lacksSecret = is(OUTPUT_IMAGE) && !is(PUSH_SECRET)
  const needlessSecret = !is(OUTPUT_IMAGE) && is(PUSH_SECRET)
  return [
    ...notOneOf([OUTPUT_IMAGE], RESULTS_VOLUME, is, reading && reading.ownResults),
    ...(lacksSecret ? [required(PUSH_SECRET, SECRET_EXPECTED)] : []),
    ...(needlessSecret ? [forbidden(PUSH_SECRET, `only together with ${PREFIX}${OUTPUT_IMAGE}`)] : []),
  ]
}

/** Exactly one of these annotations and a volume of that name; `hasVolume` undefined: it is not known. */
function notOneOf(
  names: readonly [AnnotationName, ...AnnotationName[]],
  volume: string,
  is: Is,
  hasVolume: boolean | undefined,
): readonly Mistake[] {
  const [first, second] = names.filter(is)
  if (first === undefined) {
    const ways = names.map(name => PREFIX + name).join(', ')
    return hasVolume === false
      ? [required(names[0], `exactly one of ${ways} and a volume named "${volume}" in the pod template`)]
      : []
  }
  if (second !== undefined) return [forbidden(second, `${PREFIX}${first} is set: it is one or the other`)]
  return hasVolume === true
    ? [forbidden(first, `the pod template has a volume named "${volume}": it is one or the other`)]
    : []
}

/** What the user's container may not have: the trainer and its folders are the preset's. */
export function trainerErrors(
  { source, preset, runtime }: Intent,
  reading: TemplateReading,
  catalogue: Catalogue,
): readonly FieldError[] {
  if (source[METHOD] === undefined) return []
  const resolved = resolvePreset(catalogue, preset.name)
  const isOwn =
    resolved.ok && serverOf(reading, { ...(runtime && { runtime }) }, resolved.value.preset) === 'own'
  const mistakes: readonly (readonly [field: string, detail: string])[] = [
    ...(reading.hasCommand ? [['command', OWN_COMMAND] as const] : []),
    ...(isOwn ? [['image', OWN_IMAGE] as const] : []),
    ...foreignMounts(reading.container).map(path => ['volumeMounts', `${path} ${OWN_MOUNT}`] as const),
  ]
  return mistakes.map(([name, detail]) => {
    const field = `${reading.containerField}.${name}`
    return { type: 'Forbidden', field, detail, code: 'InvalidTemplate' }
  })
}

const OWN_COMMAND = `the trainer of the preset runs here: leave it out (args go to the trainer), or run your own without ${PREFIX}${METHOD}`
const OWN_IMAGE = `is not the preset's: leave it out, or say with ${PREFIX}runtime: transformers that it is built like it`
const OWN_MOUNT = `is the trainer's: name the volume "${DATA_VOLUME}" or "${RESULTS_VOLUME}" instead`

const FOLDERS: Readonly<Record<string, string>> = {
  [DATA_FOLDER]: DATA_VOLUME,
  [RESULTS_FOLDER]: RESULTS_VOLUME,
  [STATE_FOLDER]: '',
}

/** Folders of the trainer at which something else is mounted. */
function foreignMounts(container: JsonObject): readonly string[] {
  return listAt(container, 'volumeMounts')
    .filter(isObject)
    .flatMap(mount => {
      const path = stringAt(mount, 'mountPath')?.replace(/\/+$/, '') ?? ''
      return Object.hasOwn(FOLDERS, path) && FOLDERS[path] !== mount['name'] ? [path] : []
    })
}
