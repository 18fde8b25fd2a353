// Pipeline: policy. A PresetPolicy as it stands in the cluster. One that cannot be read refuses everything where it would
// apply: who could not say what is forbidden has not allowed it. The CRD lets none in; a change of its schema might.
import { formatFieldError, type FieldError } from '../api/field-error.ts'
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { parsePolicy } from './parse-policy.ts'
import type { PresetPolicy } from './preset-policy.ts'

/** What is remembered of it. */
export interface ObservedPolicy {
  readonly uid: string
  readonly name: string
  readonly resourceVersion: string
  readonly generation: number
  /** In force; where there are mistakes, one that denies every preset. */
  readonly policy: PresetPolicy
  readonly mistakes: readonly FieldError[]
  readonly status: JsonObject
}

/** Undefined: no object of an API server. */
export function projectPolicy(raw: JsonObject): ObservedPolicy | undefined {
  const metadata = objectAt(raw, 'metadata')
  const [uid, name] = [stringAt(metadata, 'uid'), stringAt(metadata, 'name')]
  const resourceVersion = stringAt(metadata, 'resourceVersion')
  if (uid === undefined || name === undefined || resourceVersion === undefined) return undefined
  const parsed = parsePolicy(raw)
  const generation = metadata['generation']
  return {
    uid,
    name,
    resourceVersion,
    generation: typeof generation === 'number' ? generation : 0,
    policy: parsed.ok ? parsed.value : denyingAll(name, raw, parsed.errors),
    mistakes: parsed.ok ? [] : parsed.errors,
    status: objectAt(raw, 'status'),
  }
}

const NOTHING_ALLOWED = { allow: [], deny: [] }
const NOTHING_SAID = { deny: [] }

/** In every namespace, unless at least its selector can be read. */
function denyingAll(name: string, raw: JsonObject, mistakes: readonly FieldError[]): PresetPolicy {
  const { namespaceSelector = null } = objectAt(raw, 'spec')
  const selector = parsePolicy({ metadata: { name }, spec: { enforcement: 'Deny', namespaceSelector } })
  const found = selector.ok ? selector.value.namespaceSelector : undefined
  return {
    name,
    enforcement: 'Deny',
    ...(found !== undefined && { namespaceSelector: found }),
    message: `the policy itself is invalid and refuses everything: ${mistakes.map(formatFieldError).join('; ')}`,
    presets: NOTHING_ALLOWED,
    instanceTypes: NOTHING_SAID,
    registries: NOTHING_SAID,
    tuningHosts: NOTHING_SAID,
    limits: {},
    mirrors: [],
  }
}
