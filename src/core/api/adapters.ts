// Pipeline: vocabulary. The grammar of kaito.sh/adapters: a YAML or JSON list, every mistake in it at once, by its place.
// Limits as KAITO's own (v0.12.0 api/v1beta1/workspace_validation.go): ten adapters, a strength from 0 to 1.
import { isContainerName, parseSecretName, type Parsed } from './annotation-values.ts'
import type { FieldError } from './field-error.ts'
import { isImageReference } from './image.ts'
import { isObject, listAt, textOf, type Json, type JsonObject } from './json.ts'
import { nearest } from './nearest.ts'
import type { ParseYaml } from './yaml.ts'

export interface Adapter {
  /** Of its folder below /mnt/adapter, and what clients put into `model`. */
  readonly name: string
  /** Holds `/data/adapter_config.json` and the weights beside it. */
  readonly image: string
  /** Multiplier of its weights, as the user wrote it: `0.5`. */
  readonly strength?: string
  readonly imagePullSecrets: readonly string[]
}

/** A mistake inside of an annotation's value; `at` is where, as `[0].name`. */
export interface Mistake extends Pick<FieldError, 'type' | 'value' | 'detail'> {
  readonly at: string
}

const ADAPTERS_MAX = 10
/** Ten adapters with the longest names and references there are. */
const TEXT_MAX_CHARACTERS = 16_384
const EXPECTED = 'must be a YAML or JSON list of {name, image, strength?, imagePullSecrets?}'
const MEMBERS = ['name', 'image', 'strength', 'imagePullSecrets']

/** Text → adapters, or every mistake in it. */
export function parseAdapters(
  text: string,
  parseYaml: ParseYaml,
): Parsed<readonly Adapter[]> | { readonly mistakes: readonly Mistake[] } {
  if (text.length > TEXT_MAX_CHARACTERS)
    return { expected: `${EXPECTED} of at most ${TEXT_MAX_CHARACTERS} characters` }
  const parsed = parseYaml(text)
  if ('problem' in parsed) return { expected: `${EXPECTED}: ${parsed.problem}` }
  const { value } = parsed
  if (!Array.isArray(value)) return { expected: EXPECTED }
  const entries = value as readonly Json[]
  const mistakes = [...lengthMistakes(entries), ...entries.flatMap(entryMistakes), ...duplicates(entries)]
  return mistakes.length > 0 ? { mistakes } : { value: entries.filter(isObject).map(toAdapter) }
}

function lengthMistakes({ length }: readonly Json[]): readonly Mistake[] {
  const detail = `must have at most ${ADAPTERS_MAX} adapters, and has ${length}`
  return length > ADAPTERS_MAX ? [{ at: '', type: 'TooLong', detail }] : []
}

function entryMistakes(entry: Json, index: number): readonly Mistake[] {
  const at = `[${index}]`
  if (!isObject(entry))
    return [{ at, type: 'Invalid', value: textOf(entry), detail: 'must be {name, image, …}' }]
  return [
    ...unknownMembers(entry, at),
    ...nameMistakes(entry['name'], `${at}.name`),
    ...imageMistakes(entry['image'], `${at}.image`),
    ...strengthMistakes(entry['strength'], `${at}.strength`),
    ...secretMistakes(entry['imagePullSecrets'], `${at}.imagePullSecrets`),
  ]
}

function unknownMembers(entry: JsonObject, at: string): readonly Mistake[] {
  return Object.keys(entry)
    .filter(key => !MEMBERS.includes(key))
    .map(value => {
      const near = nearest(value, MEMBERS)
      const hint = near === undefined ? '' : `; did you mean ${near}?`
      const detail = `unknown member; known are ${MEMBERS.join(', ')}${hint}`
      return { at, type: 'Invalid', value, detail }
    })
}

function nameMistakes(name: Json | undefined, at: string): readonly Mistake[] {
  if (name === undefined || name === null || name === '')
    return [{ at, type: 'Required', detail: NAME_EXPECTED }]
  return typeof name === 'string' && isContainerName(name)
    ? []
    : [{ at, type: 'Invalid', value: textOf(name), detail: NAME_EXPECTED }]
}

const NAME_EXPECTED = 'must be lower case letters, digits and "-" (a DNS-1123 label)'

function imageMistakes(image: Json | undefined, at: string): readonly Mistake[] {
  const detail = 'must be the reference of an image, like "registry.example/tone:1"'
  if (image === undefined || image === null || image === '') return [{ at, type: 'Required', detail }]
  return typeof image === 'string' && isImageReference(image)
    ? []
    : [{ at, type: 'Invalid', value: textOf(image), detail }]
}

function strengthMistakes(strength: Json | undefined, at: string): readonly Mistake[] {
  if (strength === undefined || strength === null || isStrength(textOf(strength))) return []
  return [
    { at, type: 'Invalid', value: textOf(strength), detail: 'must be a number from 0 to 1, like "0.5"' },
  ]
}

function isStrength(text: string): boolean {
  return /^(0|1|[01]?\.[0-9]{1,9}|[01]\.)$/.test(text) && Number(text) <= 1
}

/** What is no name may be the secret itself, so it is never repeated. */
function secretMistakes(secrets: Json | undefined, at: string): readonly Mistake[] {
  if (secrets === undefined || secrets === null) return []
  if (!Array.isArray(secrets)) return [{ at, type: 'Invalid', detail: 'must be a list of names of Secrets' }]
  return (secrets as readonly Json[]).flatMap((secret, index) => {
    const name = secretName(secret)
    const parsed = name === undefined ? undefined : parseSecretName(name)
    if (parsed !== undefined && 'value' in parsed) return []
    const detail = parsed?.expected ?? 'must be the name of a Secret'
    return [{ at: `${at}[${index}]`, type: 'Invalid', detail }]
  })
}

/** `hub`, or as a pod has it: `{name: hub}`. */
function secretName(secret: Json): string | undefined {
  const name = isObject(secret) && Object.keys(secret).length === 1 ? secret['name'] : secret
  return typeof name === 'string' ? name : undefined
}

function duplicates(entries: readonly Json[]): readonly Mistake[] {
  const names = entries.map(entry => (isObject(entry) ? entry['name'] : undefined))
  return names.flatMap((name, index) =>
    typeof name === 'string' && names.indexOf(name) < index
      ? [{ at: `[${index}].name`, type: 'Duplicate', value: name, detail: 'another adapter has this name' }]
      : [],
  )
}

/** Of an entry without mistakes. */
function toAdapter(entry: JsonObject): Adapter {
  const strength = entry['strength']
  const secrets = listAt(entry, 'imagePullSecrets').flatMap(secret => secretName(secret) ?? [])
  return {
    name: textOf(entry['name']),
    image: textOf(entry['image']),
    ...(strength === undefined || strength === null ? {} : { strength: textOf(strength) }),
    imagePullSecrets: [...new Set(secrets)],
  }
}
