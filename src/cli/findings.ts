// Pipeline: cli. What was found, one thing each, with its place in the file: what `text` and `sarif` print.
import { PREFIX, PRESET } from '../core/api/annotations.ts'
import type { PolicyViolation } from '../core/api/decision.ts'
import { formatFieldError, type FieldError } from '../core/api/field-error.ts'
import type { JsonObject } from '../core/api/json.ts'
import type { ReasonCode } from '../core/api/reason.ts'
import { workloadKindOf } from '../core/workload/kinds.ts'
import { annotationsPath, objectAtPath } from '../core/workload/workload.ts'
import { placeOf, type Place } from './place.ts'
import { referenceTo } from './subject-name.ts'
import type { Validated } from './validated.ts'

/** error: refused; warning: let through, and said; note: let through, and only written down. */
export const LEVELS = ['error', 'warning', 'note'] as const
export type Level = (typeof LEVELS)[number]

/** One thing that is wrong with one object. */
export interface Finding {
  readonly level: Level
  /** Absent: a warning without one. */
  readonly code?: ReasonCode
  readonly policy?: string
  /** Absent: it is about the whole object. */
  readonly field?: string
  /** As Kubernetes writes it, field and value included. */
  readonly message: string
  readonly place: Place
  /** `default/Deployment/phi`. */
  readonly object: string
}

const LEVEL_OF = { Deny: 'error', Warn: 'warning', Audit: 'note' } as const satisfies Record<
  PolicyViolation['enforcement'],
  Level
>

/** Everything about one object, what refuses it first. */
export function findingsOf(validated: Validated): readonly Finding[] {
  const { errors, violations, warnings } = validated
  const findings = [
    ...errors.map(error => ofField(validated, error, 'error')),
    ...warnings.map(warning => ofObject(validated, warning)),
    ...violations.map(violation => ofField(validated, violation, LEVEL_OF[violation.enforcement])),
  ]
  return LEVELS.flatMap(level => findings.filter(finding => finding.level === level))
}

function ofField({ source }: Validated, error: FieldError, level: Level): Finding {
  const { code, field, policy } = error
  return {
    level,
    code,
    field,
    message: formatFieldError(error),
    place: placeOf(source, field),
    object: nameOf(source.object),
    ...(policy === undefined ? {} : { policy }),
  }
}

function ofObject({ source }: Validated, warning: string): Finding {
  const place = placeOf(source, fieldNamedIn(warning, source.object))
  return { level: 'warning', message: warning, place, object: nameOf(source.object) }
}

/** The field that a sentence begins with, or the annotation that it names; else the one that makes the object ours. */
function fieldNamedIn(warning: string, object: JsonObject): string {
  const path = /^spec\.[A-Za-z.]+/.exec(warning)?.[0]
  if (path !== undefined) return path
  const places = annotationPlaces(object)
  const [key = PRESET] = new RegExp(`${PREFIX}[a-z-]+`).exec(warning) ?? []
  const holding = [key, PRESET].flatMap(name =>
    places.filter(({ annotations }) => Object.hasOwn(annotations, name)).map(at => `${at.path}[${name}]`),
  )
  return holding[0] ?? 'metadata'
}

interface AnnotationPlace {
  readonly path: string
  readonly annotations: JsonObject
}

/** Wherever annotations of ours may stand, the misplaced ones first. */
function annotationPlaces(object: JsonObject): readonly AnnotationPlace[] {
  const kind = workloadKindOf(object)
  if (kind === undefined) return []
  const paths = [
    [...kind.templateAt, 'metadata'].join('.') + '.annotations',
    annotationsPath(kind),
    'metadata.annotations',
  ]
  return paths.map(path => ({ path, annotations: objectAtPath(object, path.split('.')) }))
}

function nameOf(object: JsonObject): string {
  const { namespace, kind, name } = referenceTo(object)
  return `${namespace}/${kind}/${name}`
}
