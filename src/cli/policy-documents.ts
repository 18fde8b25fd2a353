// Pipeline: cli. Policies, and what they depend on, among the documents of files.
import { formatFieldError, type FieldError } from '../core/api/field-error.ts'
import { objectAt, stringAt, textOf, type JsonObject } from '../core/api/json.ts'
import { autoscaledBy } from '../core/policy/autoscaler.ts'
import type { Labels } from '../core/policy/label-selector.ts'
import type { OfflineCluster } from '../core/policy/offline-facts.ts'
import { parsePolicy } from '../core/policy/parse-policy.ts'
import { POLICY_API_VERSION, POLICY_KIND, type PresetPolicy } from '../core/policy/preset-policy.ts'
import type { SourceObject } from './documents.ts'
import { CommandError } from './io.ts'
import { formatPlace, placeOf } from './place.ts'
import { referenceTo } from './subject-name.ts'

/** What the documents say of a cluster; a policy that is not right ends the command, with every mistake and its place. */
export function offlineCluster(sources: readonly SourceObject[]): Omit<OfflineCluster, 'usages'> {
  const objects = sources.map(({ object }) => object)
  return {
    policies: policiesOf(sources.filter(({ object }) => isPolicy(object))),
    namespaces: new Map(objects.filter(isNamespace).map(labelledName)),
    autoscaled: objects.flatMap(object => autoscaledBy(object, referenceTo(object).namespace) ?? []),
  }
}

/** Of any version and kind: one that is misspelt must not be left out in silence. */
export function isPolicy({ apiVersion, kind }: JsonObject): boolean {
  const [group] = POLICY_API_VERSION.split('/')
  return kind === POLICY_KIND || (typeof apiVersion === 'string' && apiVersion.split('/')[0] === group)
}

function policiesOf(sources: readonly SourceObject[]): readonly PresetPolicy[] {
  const policies = new Map<string, PresetPolicy>()
  const mistakes: string[] = []
  for (const source of sources) {
    const parsed = parsePolicy(source.object)
    const errors = [...typeErrors(source.object), ...(parsed.ok ? [] : parsed.errors)]
    mistakes.push(...errors.map(error => located(source, error)))
    if (!parsed.ok) continue
    const { value } = parsed
    if (isAnother(policies.get(value.name), value)) mistakes.push(located(source, duplicate(value)))
    policies.set(value.name, value)
  }
  if (mistakes.length > 0) throw new CommandError(mistakes)
  return [...policies.values()]
}

function typeErrors({ apiVersion, kind }: JsonObject): readonly FieldError[] {
  const wanted = { apiVersion: POLICY_API_VERSION, kind: POLICY_KIND }
  const given = { apiVersion, kind }
  return (['apiVersion', 'kind'] as const)
    .filter(field => given[field] !== wanted[field])
    .map(field => ({
      type: 'NotSupported',
      field,
      value: typeof given[field] === 'string' ? given[field] : '',
      detail: `supported values: ${JSON.stringify(wanted[field])}`,
      code: 'PolicyInvalid',
    }))
}

/** The same file may be given twice; two policies of one name would overwrite each other in a cluster. */
function isAnother(known: PresetPolicy | undefined, policy: PresetPolicy): boolean {
  return known !== undefined && JSON.stringify(known) !== JSON.stringify(policy)
}

function duplicate({ name }: PresetPolicy): FieldError {
  const detail = 'another policy in these files has this name'
  return { type: 'Duplicate', field: 'metadata.name', value: name, detail, code: 'PolicyInvalid' }
}

function located(source: SourceObject, error: FieldError): string {
  return `${formatPlace(placeOf(source, error.field))}: ${formatFieldError(error)}`
}

function isNamespace({ apiVersion, kind }: JsonObject): boolean {
  return apiVersion === 'v1' && kind === 'Namespace'
}

function labelledName(namespace: JsonObject): readonly [name: string, labels: Labels] {
  const metadata = objectAt(namespace, 'metadata')
  const labels = Object.entries(objectAt(metadata, 'labels')).map(
    ([key, value]) => [key, textOf(value)] as const,
  )
  return [stringAt(metadata, 'name') ?? '', Object.fromEntries(labels)]
}
