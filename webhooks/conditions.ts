// Pipeline: webhooks. Which writes the API server asks us about, in CEL. The paths come from the registry of kinds, so
// that a new kind cannot be forgotten here; absent steps are guarded by optional selection (`.?`), a null oldObject by name.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions
import { PLAN, PRESET } from '../src/core/api/annotations.ts'
import { WORKLOAD_KINDS } from '../src/core/workload/kinds.ts'
import type { WorkloadKind } from '../src/core/workload/workload.ts'

export interface MatchCondition {
  readonly name: string
  readonly expression: string
  readonly [key: string]: string
}

/**
 * Deletion in the foreground removes a finalizer by an UPDATE: an object on its way out is never held up, above all not
 * by a webhook that is down.
 */
export const NOT_BEING_DELETED: MatchCondition = {
  name: 'not-being-deleted',
  expression: '!has(object.metadata.deletionTimestamp)',
}

/** Ours, or ours until now: an UPDATE that takes the annotation away must still be seen, and so must the one after it. */
export const ANNOTATED: MatchCondition = {
  name: 'annotated',
  expression: annotated(),
}

/** Also a preset where nobody would look for it: it gets a warning, so only the webhook that fails open is asked. */
export const ANNOTATED_OR_MISPLACED: MatchCondition = {
  name: 'annotated-or-misplaced',
  expression: `${annotated()} ||\n${misplaced()}`,
}

/** The workload asks for a preset now. */
export const OPTED_IN: MatchCondition = {
  name: 'opted-in',
  expression: `'${PRESET}' in ${ownAnnotations('object')}`,
}

/**
 * Writes that nobody else would refuse in our name while we are down: an UPDATE, and a CREATE without an image, which the
 * API server answers with a bare "image: Required value" before it asks any validating webhook or policy.
 */
export const NEEDS_US: MatchCondition = {
  name: 'needs-kaito-native',
  expression: `oldObject != null ||\n${lacksImage()}`,
}

/**
 * A Job that came before us has no plan and cannot get one any more (its template is immutable): whatever else happens to
 * it (suspend, resume, a finalizer) is not ours to refuse.
 */
export const NOT_AN_EARLIER_JOB: MatchCondition = {
  name: 'not-an-earlier-job',
  expression: `!(${isFixedResource()} && oldObject != null && ${isUnplanned()})`,
}

/** The mutating webhook has answered. */
export const PLANNED_EXPRESSION = `'${PLAN}' in ${ownAnnotations('object')}`

function annotated(): string {
  return (
    `[object, oldObject].exists(o, o != null &&\n` +
    `  ['${PRESET}', '${PLAN}'].exists(key, key in ${ownAnnotations('o')}))`
  )
}

/** `containers: null` arrives as null, `[]` as an empty list. */
function lacksImage(): string {
  const path = byResource(kind => optionalPath('object', [...kind.templateAt, 'spec', 'containers']))
  return (
    `[${path}.orValue(null)].exists(containers, containers == null || containers.size() == 0 ||\n` +
    `  containers.exists(c, c.?image.orValue('') == ''))`
  )
}

function misplaced(): string {
  const places = [['metadata'], ...WORKLOAD_KINDS.map(kind => [...kind.templateAt, 'metadata'])]
  const paths = [...new Set(places.map(place => optionalPath('object', [...place, 'annotations'])))]
  return `[${paths.join(', ')}].exists(annotations, '${PRESET}' in annotations.orValue({}))`
}

function isFixedResource(): string {
  const resources = WORKLOAD_KINDS.filter(kind => kind.hasFixedTemplate).map(kind => `'${kind.resource}'`)
  return `request.resource.resource in [${resources.join(', ')}]`
}

/** Annotated before and planned neither then nor now. */
function isUnplanned(): string {
  const isPlanned = `[object, oldObject].exists(o, '${PLAN}' in ${ownAnnotations('o')})`
  return `'${PRESET}' in ${ownAnnotations('oldObject')} &&\n  !${isPlanned}`
}

/** The annotations of the workload itself, which one kind keeps elsewhere than the others: a map, empty where there are none. */
function ownAnnotations(variable: string): string {
  return `${byResource(kind => optionalPath(variable, [...kind.metadataAt, 'annotations']))}.orValue({})`
}

/** The path of the resource at hand; the first kind's where the resource says nothing else. */
function byResource(path: (kind: WorkloadKind) => string): string {
  const [first, ...others] = WORKLOAD_KINDS
  const usual = first === undefined ? '' : path(first)
  const choices = others
    .filter(kind => path(kind) !== usual)
    .map(kind => `request.resource.resource == '${kind.resource}' ? ${path(kind)} : `)
  return `(${choices.join('')}${usual})`
}

/** `object.?spec.?template`: an optional value, whatever is absent on the way. `dyn`: one expression serves every kind. */
function optionalPath(variable: string, path: readonly string[]): string {
  return `dyn(${variable})${path.map(step => `.?${step}`).join('')}`
}
