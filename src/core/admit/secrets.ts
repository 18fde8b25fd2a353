// Pipeline: admit. Secrets in annotations of ours: refused where they are new, and whatever else is said of the workload, no
// part of them is in it. Both pipelines end here, so that no message has to think of it.
import { PREFIX } from '../api/annotations.ts'
import type { AdmissionInput, Decision } from '../api/decision.ts'
import type { FieldError } from '../api/field-error.ts'
import { objectAt, textOf, type JsonObject } from '../api/json.ts'
import { findSecrets, withoutSecrets, type FoundSecret } from '../api/secret-text.ts'
import { objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { deny } from './outcome.ts'

/** An annotation that holds secrets. */
interface Leak {
  readonly field: string
  /** The key with the text: what is stored already is no new mistake. */
  readonly entry: string
  readonly secrets: readonly FoundSecret[]
}

/** The decision without a word of a secret, or the refusal of a new one; the same object where there is none. */
export function keepSecrets(
  kind: WorkloadKind,
  { object, oldObject }: AdmissionInput,
  decision: Decision,
): Decision {
  const leaks = leaksIn(kind, object)
  if (leaks.length === 0) return decision
  const secrets = leaks.flatMap(leak => leak.secrets)
  const known = oldObject === undefined ? [] : leaksIn(kind, oldObject).map(({ entry }) => entry)
  const fresh = leaks.filter(({ entry }) => !known.includes(entry))
  if (decision.decision === 'Skip' || (decision.decision === 'Plan' && fresh.length === 0))
    return withHiddenTexts(decision, secrets)
  const others = decision.decision === 'Deny' ? decision.errors : []
  // Of the annotation as a whole nothing more needs to be said.
  const rest = others
    .map(error => hidden(error, secrets))
    .filter(({ field }) => !fresh.some(leak => field === leak.field))
  const refusal = deny([...fresh.map(toError), ...rest])
  const warnings = decision.warnings.map(text => withoutSecrets(text, secrets))
  const status = decision.decision === 'Deny' ? decision.status : refusal.status
  return { ...refusal, warnings, status }
}

/** Of the workload, and where annotations of ours are misplaced. */
function leaksIn(kind: WorkloadKind, object: JsonObject): readonly Leak[] {
  const places = [kind.metadataAt, [...kind.templateAt, 'metadata'], ['metadata']]
  const paths = new Map(places.map(place => [place.join('.'), place]))
  return [...paths].flatMap(([path, place]) =>
    Object.entries(objectAt(objectAtPath(object, place), 'annotations')).flatMap(([key, value]) =>
      key.startsWith(PREFIX) ? leakOf(`${path}.annotations`, key, textOf(value)) : [],
    ),
  )
}

function leakOf(path: string, key: string, text: string): readonly Leak[] {
  const secrets = [...findSecrets(key.slice(PREFIX.length)), ...findSecrets(text)]
  if (secrets.length === 0) return []
  return [{ field: withoutSecrets(`${path}[${key}]`, secrets), entry: JSON.stringify([key, text]), secrets }]
}

function toError({ field, secrets }: Leak): FieldError {
  const what = [...new Set(secrets.map(secret => secret.what))].join(' and ')
  const detail = `must not hold a secret, and this looks like ${what}: annotations are no safe place, so revoke it, put the new one into a Secret and give that one's name`
  return { type: 'Forbidden', field, detail, code: 'SecretInAnnotation' }
}

function hidden(error: FieldError, secrets: readonly FoundSecret[]): FieldError {
  const { value, field, detail } = error
  return {
    ...error,
    field: withoutSecrets(field, secrets),
    detail: withoutSecrets(detail, secrets),
    ...(value === undefined ? {} : { value: withoutSecrets(value, secrets) }),
  }
}

function withHiddenTexts(
  decision: Exclude<Decision, { decision: 'Deny' }>,
  secrets: readonly FoundSecret[],
): Decision {
  const warnings = decision.warnings.map(text => withoutSecrets(text, secrets))
  const reasons = decision.reasons.map(reason => ({
    ...reason,
    message: withoutSecrets(reason.message, secrets),
  }))
  return { ...decision, warnings, reasons }
}
