// Pipeline: companion. A Service of ours that leads elsewhere than it should → the merge patch that puts it right. Only
// what we want of selector and ports is written: a type, annotations or further ports that its user gave it stay.
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import { WORKLOAD_LABEL } from '../template/steps/labels.ts'
import { SERVICE_SPEC_ANNOTATION, type ManagedService, type ObservedService } from '../workload/observed.ts'
import { POD_INDEX_LABEL } from './desired-service.ts'

/** Those of our selectors that are not the workload's own, and may not be wanted any more. */
const OUR_KEYS = [WORKLOAD_LABEL, POD_INDEX_LABEL]
/** In the annotation: nothing is wanted of it, so that it is written again when something is. */
const WITHDRAWN = 'withdrawn'

/** What makes it the desired one; undefined: it is, or it is its user's now. */
export function patchToDesired(service: ObservedService, desired: JsonObject): JsonObject | undefined {
  const { managed } = service
  const hash = stringAt(objectAt(objectAt(desired, 'metadata'), 'annotations'), SERVICE_SPEC_ANNOTATION) ?? ''
  if (managed === undefined || managed.specHash === hash) return undefined
  const spec = objectAt(desired, 'spec')
  return servicePatch(service, hash, {
    selector: { ...withoutOurs(managed), ...objectAt(spec, 'selector') },
    ports: listAt(spec, 'ports').filter(isObject).reduce(withPort, managed.ports),
  })
}

/**
 * Uninjected pods have no label of ours any more: what still finds them is the workload's own selector. Undefined: they are
 * found by the label that they have.
 */
export function patchToWithdrawn(
  service: ObservedService,
  podLabel: string | undefined,
): JsonObject | undefined {
  const { managed } = service
  const selected = managed?.selector[WORKLOAD_LABEL]
  if (selected === undefined || selected === podLabel) return undefined
  return servicePatch(service, WITHDRAWN, { selector: { [WORKLOAD_LABEL]: podLabel ?? null } })
}

/** uid and version are preconditions: it is the one that was looked at, and nobody has changed it since. */
function servicePatch({ uid, resourceVersion }: ObservedService, hash: string, spec: JsonObject): JsonObject {
  const annotations = { [SERVICE_SPEC_ANNOTATION]: hash }
  return { metadata: { uid, resourceVersion, annotations }, spec }
}

/** A merge patch removes what it sets to null (RFC 7396). */
function withoutOurs({ selector }: ManagedService): JsonObject {
  return Object.fromEntries(OUR_KEYS.filter(key => Object.hasOwn(selector, key)).map(key => [key, null]))
}

/** The port of that name leads where it should, beside the others; its number is the user's to change. */
function withPort(ports: readonly JsonObject[], wanted: JsonObject): readonly JsonObject[] {
  const { name, port, targetPort } = wanted
  const isNamed = (one: JsonObject): boolean => one['name'] === name
  if (!ports.some(isNamed)) return [...ports.filter(one => one['port'] !== port), wanted]
  return ports.map(one => (isNamed(one) ? { ...one, port: numberOf(one, port), targetPort } : one))
}

/** A headless Service has the number of its pods, and follows them. */
function numberOf({ port, targetPort }: JsonObject, wanted: Json | undefined): Json | undefined {
  return port === targetPort ? wanted : port
}
