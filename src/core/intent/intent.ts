// Pipeline: annotations → Intent. Parse, don't validate: after this file nobody sees an annotation string.
import {
  ANNOTATIONS,
  ANNOTATION_NAMES,
  PLACEMENT,
  PLAN,
  PREFIX,
  UPSTREAM_KEYS,
  type AnnotationName,
} from '../api/annotations.ts'
import type { Adapter, Mistake } from '../api/adapters.ts'
import type { Parsed, PresetReference, Weights } from '../api/annotation-values.ts'
import type { FieldError } from '../api/field-error.ts'
import type { Json, JsonObject } from '../api/json.ts'
import type { Runtime } from '../api/names.ts'
import { nearest } from '../api/nearest.ts'
import type { Provisioning } from '../api/plan.ts'
import type { TuningMethod } from '../api/tuning-values.ts'
import type { ParseYaml } from '../api/yaml.ts'

export interface Intent {
  readonly preset: PresetReference
  /** Empty: auto. */
  readonly instanceTypes: readonly string[]
  readonly runtime?: Runtime
  readonly maxModelLen?: number
  readonly weights?: Weights
  readonly adapters: readonly Adapter[]
  readonly config?: string
  readonly modelAccessSecret?: string
  readonly apiKeySecret?: string
  readonly container?: string
  /** Absent: computed. */
  readonly nodesPerReplica?: number
  /** A Service is made for it. */
  readonly service: boolean
  /** Absent: auto. */
  readonly provisioning?: Provisioning
  readonly bypassResourceChecks: boolean
  /** Present: the workload trains an adapter. */
  readonly tuning?: Tuning
  /** The template-scoped annotations as they were written, trimmed, by name: what the intent hash is made of. */
  readonly source: Readonly<Record<string, string>>
}

/** Fine-tuning. Data that come neither by URL nor in an image are on the pod's volume `data`. */
export interface Tuning {
  readonly method: TuningMethod
  /** To download; empty: none. */
  readonly urls: readonly string[]
  /** With the data under `/data`. */
  readonly inputImage?: string
  /** Absent: the adapter stays on the pod's volume `results`. */
  readonly output?: { readonly image: string; readonly pushSecret: string }
}

/** What a registry entry parses to. */
type ValueOf<K extends AnnotationName> = (typeof ANNOTATIONS)[K] extends {
  parse: (...given: never[]) => infer R
}
  ? Extract<R, { readonly value: unknown }>['value']
  : never
type Values = { readonly [K in AnnotationName]?: ValueOf<K> }

export interface ParsedIntent {
  /** What could be understood, so that mistakes further on are told in the same answer; undefined without a preset. */
  readonly intent: Intent | undefined
  /** The same without the preset. */
  readonly rest: Omit<Intent, 'preset'>
  readonly errors: readonly FieldError[]
}

/** Annotations → Intent and every mistake at once. `path` is where they stand: `metadata.annotations`. */
export function parseIntent(annotations: JsonObject, path: string, parseYaml: ParseYaml): ParsedIntent {
  const errors: FieldError[] = []
  const values: Record<string, unknown> = {}
  const source: Record<string, string> = {}
  for (const name of ANNOTATION_NAMES) {
    const key = PREFIX + name
    const field = `${path}[${key}]`
    const text = annotationText(annotations, key)
    if (text === undefined) continue
    if (typeof text !== 'string') {
      errors.push(notText(field, text))
      continue
    }
    const outcome = parseAnnotation(name, text.trim(), field, parseYaml)
    if ('errors' in outcome) errors.push(...outcome.errors)
    else values[name] = outcome.value
    if (ANNOTATIONS[name].scope === 'template') source[name] = text.trim()
  }
  const parsed = values as Values
  const rest = toIntent(parsed, source)
  return {
    intent: parsed.preset === undefined ? undefined : { preset: parsed.preset, ...rest },
    rest,
    errors,
  }
}

/** A null is an empty text, as the API server reads it (`kaito.sh/preset:` in YAML). */
function annotationText(annotations: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(annotations, key) ? (annotations[key] ?? '') : undefined
}

/** The API server refuses it too, but names neither the field nor the remedy. */
function notText(field: string, value: Json): FieldError {
  const detail = 'annotation values are strings: put it in quotes'
  return { type: 'Invalid', field, value: JSON.stringify(value), detail, code: 'InvalidAnnotation' }
}

function parseAnnotation(
  name: AnnotationName,
  text: string,
  field: string,
  parseYaml: ParseYaml,
): { value: unknown } | { errors: readonly FieldError[] } {
  const spec = ANNOTATIONS[name]
  const parsed: Parsed<unknown> | { readonly mistakes: readonly Mistake[] } = spec.parse(text, parseYaml)
  if ('value' in parsed) return parsed
  if ('mistakes' in parsed) return { errors: parsed.mistakes.map(mistake => inField(mistake, field)) }
  const closedSet = parsed.expected.startsWith('supported values: ')
  const error = {
    type: closedSet ? 'NotSupported' : 'Invalid',
    field,
    detail: parsed.expected,
    code: 'InvalidAnnotation',
  } as const
  return { errors: [parsed.secret === true ? error : { ...error, value: text }] }
}

function inField({ at, ...mistake }: Mistake, field: string): FieldError {
  return { ...mistake, field: field + at, code: 'InvalidAnnotation' }
}

function toIntent(values: Values, source: Readonly<Record<string, string>>): Omit<Intent, 'preset'> {
  const { provisioning } = values
  return {
    instanceTypes: values['instance-type'] ?? [],
    ...defined('runtime', values.runtime),
    ...defined('maxModelLen', values['max-model-len']),
    ...defined('weights', values.weights),
    adapters: values.adapters ?? [],
    ...defined('config', values.config),
    ...defined('modelAccessSecret', values['model-access-secret']),
    ...defined('apiKeySecret', values['api-key-secret']),
    ...defined('container', values.container),
    ...defined('nodesPerReplica', values['nodes-per-replica']),
    service: values.service ?? true,
    ...defined('provisioning', provisioning === 'auto' ? undefined : provisioning),
    bypassResourceChecks: values['bypass-resource-checks'] ?? false,
    ...defined('tuning', toTuning(values)),
    source,
  }
}

/** What is missing, or too much, depends on the pod's volumes as well (src/core/admit/tuning-errors.ts). */
function toTuning(values: Values): Tuning | undefined {
  const method = values['tuning-method']
  if (method === undefined) return undefined
  const image = values['tuning-output-image']
  const pushSecret = values['tuning-output-image-push-secret']
  return {
    method,
    urls: values['tuning-input-urls'] ?? [],
    ...defined('inputImage', values['tuning-input-image']),
    ...defined('output', image === undefined || pushSecret === undefined ? undefined : { image, pushSecret }),
  }
}

function defined<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T })
}

/** One warning for each kaito.sh/ key that nobody reads, with the nearest one that is read. */
export function unknownAnnotationWarnings(annotations: JsonObject): string[] {
  return Object.keys(annotations)
    .filter(key => key.startsWith(PREFIX) && !isKnownKey(key))
    .map(key => {
      const near = nearest(key.slice(PREFIX.length), ANNOTATION_NAMES)
      const hint = near === undefined ? '' : `; did you mean ${PREFIX}${near}?`
      return `annotation ${printable(key)} is unknown and was ignored${hint}`
    })
}

/** Keys reach a webhook before the API server has looked at them. */
function printable(key: string): string {
  return key.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, '?')
}

function isKnownKey(key: string): boolean {
  return (
    key === PLAN ||
    key === PLACEMENT ||
    UPSTREAM_KEYS.has(key) ||
    Object.hasOwn(ANNOTATIONS, key.slice(PREFIX.length))
  )
}
