// Pipeline: vocabulary. The grammars of annotation values: text in, a typed value or what would be accepted out.
// Precise and total: none of them throws, whatever the text.
import { isImageReference } from './image.ts'

/** A parsed value, or the expectation that the text misses. `secret` keeps the text out of every message. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string; readonly secret?: true }

export interface PresetReference {
  readonly name: string
  readonly revision?: string
}

export type Weights =
  | { readonly kind: 'claim'; readonly claim: string; readonly path?: string }
  | { readonly kind: 'image'; readonly reference: string }

/** RFC 1123 label and subdomain, as the API server checks object and container names. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const DNS_SUBDOMAIN_MAX = 253
/** Instance types end up as a label value and in claims. */
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const PRESET =
  /^([A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?)(?:@([A-Za-z0-9][A-Za-z0-9._-]*))?$/
const PRESET_MAX = 200
/** Tokens of Hugging Face (`hf_`) and of OpenAI-like services (`sk-`): a person who pastes one meant a Secret's name. */
const LOOKS_LIKE_A_TOKEN = /^(hf_|sk-)/
/** A path inside a volume: relative, no empty, `.` or `..` steps, nothing that a shell or YAML reads otherwise. */
const SUB_PATH = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/
/** https://pkg.go.dev/time#ParseDuration, without a sign; a bare 0 needs no unit. */
export const GO_DURATION = /^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$/
const DURATION_PART = /([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)/g
const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
/** Go counts nanoseconds in 63 bits: 292 years. */
const LONGEST_DURATION_MS = 2 ** 63 / 1e6

export function parsePresetReference(text: string): Parsed<PresetReference> {
  const match = text.length <= PRESET_MAX ? PRESET.exec(text) : null
  const name = match?.[1]
  if (name === undefined) {
    return {
      expected:
        'must be a preset name, an alias or a Hugging Face id, with an optional @revision, like "phi-4-mini-instruct"',
    }
  }
  const revision = match?.[2]
  return { value: revision === undefined ? { name } : { name, revision } }
}

/** `auto` is the empty list; the order of the others is the user's preference. */
export function parseInstanceTypes(text: string): Parsed<readonly string[]> {
  if (text === 'auto') return { value: [] }
  const names = text.split(',').map(name => name.trim())
  if (!names.every(name => LABEL_VALUE.test(name)) || names.includes('auto')) {
    return {
      expected: 'must be "auto", an instance type, or a comma-separated list of them in order of preference',
    }
  }
  return { value: [...new Set(names)] }
}

export function parseOneOf<T extends string>(accepted: readonly T[]): (text: string) => Parsed<T> {
  const expected = `supported values: ${accepted.map(value => JSON.stringify(value)).join(', ')}`
  return text => {
    const value = accepted.find(candidate => candidate === text)
    return value === undefined ? { expected } : { value }
  }
}

export function parseBoolean(text: string): Parsed<boolean> {
  if (text === 'true' || text === 'false') return { value: text === 'true' }
  return { expected: 'supported values: "true", "false"' }
}

export function parsePositiveInteger(text: string): Parsed<number> {
  const value = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined
  return value === undefined ? { expected: 'must be a positive integer' } : { value }
}

export function parseObjectName(text: string): Parsed<string> {
  if (LOOKS_LIKE_A_TOKEN.test(text))
    return { expected: 'must be the name of a Secret, not the token itself', secret: true }
  if (text.length <= DNS_SUBDOMAIN_MAX && DNS_SUBDOMAIN.test(text)) return { value: text }
  return {
    expected: 'must be the name of an object: lower case letters, digits, "-" and "." (a DNS-1123 subdomain)',
  }
}

/** Whatever is not a name may be the secret itself, so it is never repeated. */
export function parseSecretName(text: string): Parsed<string> {
  const parsed = parseObjectName(text)
  return 'value' in parsed ? parsed : { ...parsed, secret: true }
}

export function parseContainerName(text: string): Parsed<string> {
  if (isContainerName(text)) return { value: text }
  return { expected: 'must be a container name: lower case letters, digits and "-" (a DNS-1123 label)' }
}

/** True for a name that the API server would accept for a container. */
export function isContainerName(text: string): boolean {
  return DNS_LABEL.test(text)
}

/** A Go duration (`90s`, `1h30m`) in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const expected = 'must be a Go duration like "5m", "90s" or "1h30m"'
  if (!GO_DURATION.test(text)) return { expected }
  let total = 0
  for (const [, amount = '0', unit = 's'] of text.matchAll(DURATION_PART))
    total += Number(amount) * (MILLISECONDS[unit] ?? 0)
  return total <= LONGEST_DURATION_MS ? { value: total } : { expected }
}

const WEIGHTS_EXPECTED = 'must be "pvc:CLAIM", "pvc:CLAIM/PATH" or "image:REFERENCE"'

export function parseWeights(text: string): Parsed<Weights> {
  const [scheme = '', ...rest] = text.split(':')
  const target = rest.join(':')
  if (scheme === 'image' && isImageReference(target)) return { value: { kind: 'image', reference: target } }
  if (scheme !== 'pvc') return { expected: WEIGHTS_EXPECTED }
  const slash = target.indexOf('/')
  const claim = slash < 0 ? target : target.slice(0, slash)
  if (claim.length > DNS_SUBDOMAIN_MAX || !DNS_SUBDOMAIN.test(claim)) return { expected: WEIGHTS_EXPECTED }
  if (slash < 0) return { value: { kind: 'claim', claim } }
  const path = target.slice(slash + 1)
  if (!SUB_PATH.test(path))
    return { expected: `${WEIGHTS_EXPECTED}; PATH is relative, without "." or ".." steps` }
  return { value: { kind: 'claim', claim, path } }
}

export function parseText(text: string): Parsed<string> {
  return { value: text }
}
