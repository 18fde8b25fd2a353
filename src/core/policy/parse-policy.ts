// Pipeline: policy. A PresetPolicy's manifest → typed, or every mistake in it. The API server checks the same by the CRD
// (manifests/base/presetpolicies.yaml); offline, and for what was stored under an older schema, this is the check.
import { parseDuration } from '../api/annotation-values.ts'
import { stringAt, type Json, type JsonObject } from '../api/json.ts'
import { RUNTIMES, type Runtime } from '../api/names.ts'
import { fail, ok, type Result } from '../api/result.ts'
import { SELECTOR_OPERATORS, type LabelExpression, type LabelSelector } from './label-selector.ts'
import { HUGGING_FACE, type Mirror } from '../api/mirrors.ts'
import { createReader, LIST_MAX_ITEMS, type Reader } from './reader.ts'
import { ENFORCEMENTS, type Globs, type PolicyLimits, type PresetPolicy } from './preset-policy.ts'

/** Text of a glob; the same limits as the CRD's. */
export const GLOB_MAX_CHARACTERS = 256
export const MESSAGE_MAX_CHARACTERS = 512
/** An amount of money, as text: numbers of JSON are no decimals. */
export const COST = /^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$/
/** A registry, with or without the beginning of a path. */
export const REGISTRY = /^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(\/[a-z0-9._/-]*[a-z0-9])?$/
/** Without what JSON would escape. */
export const HTTP_URL = /^https?:\/\/[!#-[\]-~]+$/

/** Manifest → policy, or every mistake in it. */
export function parsePolicy(object: JsonObject): Result<PresetPolicy> {
  const reader = createReader()
  const metadata = reader.object(object['metadata'], 'metadata')
  const spec = reader.object(object['spec'], 'spec', SPEC_FIELDS)
  const name = stringAt(metadata, 'name') ?? ''
  if (name === '') reader.mistake('Required', 'metadata.name', 'a policy has a name')
  const enforcement = reader.oneOf(spec['enforcement'], 'spec.enforcement', ENFORCEMENTS)
  const policy = {
    name,
    enforcement: enforcement ?? 'Deny',
    ...defined('namespaceSelector', selectorOf(spec['namespaceSelector'], reader)),
    ...defined('message', reader.text(spec['message'], 'spec.message', MESSAGE_MAX_CHARACTERS)),
    presets: globsOf(spec, 'presets', reader),
    ...defined('runtimes', runtimesOf(spec['runtimes'], reader)),
    instanceTypes: globsOf(spec, 'instanceTypes', reader),
    registries: globsOf(spec, 'registries', reader),
    tuningHosts: globsOf(spec, 'tuningHosts', reader),
    limits: limitsOf(spec['limits'], reader),
    ...defined('maxIdleGraceMs', durationOf(spec['maxIdleGrace'], reader)),
    mirrors: mirrorsOf(spec['mirrors'], reader),
  }
  return reader.errors.length > 0 ? fail(...reader.errors) : ok(policy)
}

const SPEC_FIELDS = [
  'enforcement',
  'namespaceSelector',
  'message',
  'presets',
  'runtimes',
  'instanceTypes',
  'registries',
  'tuningHosts',
  'limits',
  'maxIdleGrace',
  'mirrors',
]
/** Limits that are whole numbers. */
const COUNTED = ['gpusPerPod', 'gpusPerWorkload', 'gpus', 'nodes'] as const

function defined<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T })
}

/** An absent list and an empty one differ: an empty `allow` allows nothing. */
function globsOf(spec: JsonObject, field: string, reader: Reader): Globs {
  const path = `spec.${field}`
  const globs = reader.object(spec[field], path, ['allow', 'deny'])
  const texts = (key: 'allow' | 'deny') => reader.texts(globs[key], `${path}.${key}`, GLOB_MAX_CHARACTERS)
  return { ...defined('allow', texts('allow')), deny: texts('deny') ?? [] }
}

function runtimesOf(value: Json | undefined, reader: Reader): readonly Runtime[] | undefined {
  const runtimes = reader.list(value, 'spec.runtimes')
  return runtimes?.flatMap(
    (runtime, index) => reader.oneOf(runtime, `spec.runtimes[${index}]`, RUNTIMES) ?? [],
  )
}

function durationOf(value: Json | undefined, reader: Reader): number | undefined {
  const text = reader.text(value, 'spec.maxIdleGrace', GLOB_MAX_CHARACTERS)
  if (text === undefined) return undefined
  const parsed = parseDuration(text)
  if ('value' in parsed) return parsed.value
  reader.mistake('Invalid', 'spec.maxIdleGrace', parsed.expected, text)
  return undefined
}

function limitsOf(value: Json | undefined, reader: Reader): PolicyLimits {
  const limits = reader.object(value, 'spec.limits', [...COUNTED, 'costPerHour'])
  const count = (name: (typeof COUNTED)[number]) => reader.count(limits[name], `spec.limits.${name}`)
  const counts = {
    ...defined('gpusPerPod', count('gpusPerPod')),
    ...defined('gpusPerWorkload', count('gpusPerWorkload')),
    ...defined('gpus', count('gpus')),
    ...defined('nodes', count('nodes')),
  }
  const cost = reader.text(limits['costPerHour'], 'spec.limits.costPerHour', GLOB_MAX_CHARACTERS)
  if (cost !== undefined && !COST.test(cost))
    reader.mistake(
      'Invalid',
      'spec.limits.costPerHour',
      'must be an amount of money in quotes, like "40" or "12.5"',
      cost,
    )
  return cost === undefined ? counts : { ...counts, costPerHour: Number(cost) }
}

function mirrorsOf(value: Json | undefined, reader: Reader): readonly Mirror[] {
  const mirrors = reader.list(value, 'spec.mirrors') ?? []
  const seen = new Set<string>()
  return mirrors.flatMap((entry, index) => {
    const path = `spec.mirrors[${index}]`
    const mirror = reader.object(entry, path, ['from', 'to'])
    const from = reader.text(mirror['from'], `${path}.from`, GLOB_MAX_CHARACTERS)
    const to = reader.text(mirror['to'], `${path}.to`, GLOB_MAX_CHARACTERS)
    if (from === undefined) reader.mistake('Required', `${path}.from`, 'the registry that is mirrored')
    if (to === undefined) reader.mistake('Required', `${path}.to`, 'where it is mirrored')
    if (from === undefined || to === undefined) return []
    if (seen.has(from)) reader.mistake('Duplicate', `${path}.from`, 'every registry is mirrored once', from)
    seen.add(from)
    if (!REGISTRY.test(from)) reader.mistake('Invalid', `${path}.from`, REGISTRY_EXPECTED, from)
    if (from === HUGGING_FACE && !isHttpUrl(to)) reader.mistake('Invalid', `${path}.to`, URL_EXPECTED, to)
    if (from !== HUGGING_FACE && !REGISTRY.test(to))
      reader.mistake('Invalid', `${path}.to`, REGISTRY_EXPECTED, to)
    return [{ from, to }]
  })
}

const REGISTRY_EXPECTED =
  'must be a registry, with or without the beginning of a path, in lower case and without a scheme, like "registry.local/mcr"'
const URL_EXPECTED = `the mirror of ${HUGGING_FACE} must be an http or https URL, like "https://hf.local"`

function isHttpUrl(text: string): boolean {
  return HTTP_URL.test(text) && URL.canParse(text)
}

function selectorOf(value: Json | undefined, reader: Reader): LabelSelector | undefined {
  if (value === undefined || value === null) return undefined
  const path = 'spec.namespaceSelector'
  const selector = reader.object(value, path, ['matchLabels', 'matchExpressions'])
  const labels = Object.entries(reader.object(selector['matchLabels'], `${path}.matchLabels`))
  if (labels.length > LIST_MAX_ITEMS)
    reader.mistake('TooLong', `${path}.matchLabels`, `must have at most ${LIST_MAX_ITEMS} items`)
  const expressions = reader.list(selector['matchExpressions'], `${path}.matchExpressions`) ?? []
  return [
    ...labels.flatMap(([key, label]): LabelExpression[] => {
      const text = reader.text(label, `${path}.matchLabels[${key}]`, GLOB_MAX_CHARACTERS, 'empty too')
      return text === undefined ? [] : [{ key, operator: 'In', values: [text] }]
    }),
    ...expressions.flatMap((entry, index) =>
      expressionOf(entry, `${path}.matchExpressions[${index}]`, reader),
    ),
  ]
}

function expressionOf(entry: Json, path: string, reader: Reader): readonly LabelExpression[] {
  const expression = reader.object(entry, path, ['key', 'operator', 'values'])
  const key = reader.text(expression['key'], `${path}.key`, GLOB_MAX_CHARACTERS)
  const operator = reader.oneOf(expression['operator'], `${path}.operator`, SELECTOR_OPERATORS)
  const values = reader.texts(expression['values'], `${path}.values`, GLOB_MAX_CHARACTERS) ?? []
  if (key === undefined) reader.mistake('Required', `${path}.key`, 'the label that is looked at')
  const takesValues = operator === 'In' || operator === 'NotIn'
  if (operator !== undefined && takesValues && values.length === 0)
    reader.mistake('Required', `${path}.values`, `${operator} needs at least one value`)
  if (operator !== undefined && !takesValues && values.length > 0)
    reader.mistake('Forbidden', `${path}.values`, `${operator} takes no values`)
  return key === undefined || operator === undefined ? [] : [{ key, operator, values }]
}
