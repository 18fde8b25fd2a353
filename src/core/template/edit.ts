// Pipeline: template. The vocabulary in which steps say what the object should hold. An edit addresses a place by merge
// keys, never by position, so its inverse is known to the patch engine and a merge may move the entry.
import { isObject, type Json } from '../api/json.ts'

export interface Edit {
  /** From the object's root: field names, and merge keys for entries of lists (`containers`, `model`, `env`, `HF_TOKEN`). */
  readonly path: readonly string[]
  /** The value at that place with every field that the API server would default filled in, so that it stays equal. */
  readonly value: Json
  /** The value replaces what stands there, be it the user's, because it holds all of it (a merge of an atomic list). */
  readonly merges?: true
}

/** The merge key of an entry, by the name of the list that it stands in (the API's own patchMergeKey, mount path included). */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  imagePullSecrets: 'name',
  env: 'name',
  volumes: 'name',
  schedulingGates: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
}

/** The field that identifies an entry of the list called `list`; undefined for objects and for atomic lists. */
export function mergeKeyOf(list: string): string | undefined {
  return Object.hasOwn(MERGE_KEYS, list) ? MERGE_KEYS[list] : undefined
}

/**
 * The field that identifies the list entry which `path[depth]` names; undefined where that step is a member's name. A
 * container may itself be called `env`: what follows an entry is never an entry.
 */
export function entryFieldAt(path: readonly string[], depth: number): string | undefined {
  const field = depth === 0 ? undefined : mergeKeyOf(path[depth - 1] ?? '')
  return field !== undefined && entryFieldAt(path, depth - 1) === undefined ? field : undefined
}

/**
 * Values that the API server puts where the user wrote nothing: they count as unset. Only fields that injection
 * replaces, by path from the object's root. Source: k8s.io/kubernetes pkg/apis/apps/v1/defaults.go,
 * batch/v1/defaults.go, core/v1/defaults.go.
 */
const API_DEFAULTS: Readonly<Record<string, Json>> = {
  'spec.backoffLimit': 6,
  'spec.jobTemplate.spec.backoffLimit': 6,
  'spec.jobTemplate.spec.podReplacementPolicy': 'TerminatingOrFailed',
  'spec.jobTemplate.spec.template.spec.restartPolicy': 'Always',
  'spec.podManagementPolicy': 'OrderedReady',
  'spec.podReplacementPolicy': 'TerminatingOrFailed',
  'spec.strategy.rollingUpdate.maxSurge': '25%',
  'spec.strategy.rollingUpdate.maxUnavailable': '25%',
  'spec.strategy.type': 'RollingUpdate',
  'spec.progressDeadlineSeconds': 600,
  'spec.template.spec.restartPolicy': 'Always',
  'spec.template.spec.terminationGracePeriodSeconds': 30,
  'spec.updateStrategy': { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } },
}

/** Where they stand. */
export const API_DEFAULT_PATHS: readonly (readonly string[])[] = Object.keys(API_DEFAULTS).map(key =>
  key.split('.'),
)

/** The same for fields of any container. */
const CONTAINER_DEFAULTS: Readonly<Record<string, Json>> = { terminationMessagePolicy: 'File' }

/** True when the API server would have written this value itself. */
export function isApiDefault(path: readonly string[], value: Json | undefined): boolean {
  const [list, , field = ''] = path.slice(-3)
  if (list === 'containers' && Object.hasOwn(CONTAINER_DEFAULTS, field))
    return CONTAINER_DEFAULTS[field] === value
  const key = path.join('.')
  return value !== undefined && Object.hasOwn(API_DEFAULTS, key) && isDefault(API_DEFAULTS[key], value)
}

/** A default of several members may be written in part. */
function isDefault(standard: Json | undefined, value: Json): boolean {
  if (!isObject(standard) || !isObject(value)) return standard === value
  return Object.entries(value).every(
    ([key, member]) =>
      member === undefined ||
      member === null ||
      member === '' ||
      (Object.hasOwn(standard, key) && isDefault(standard[key], member)),
  )
}

/** Fields whose empty text says nothing, as empty lists do: the API server drops most of them. In a map (labels) an empty text is a value. */
const DROPPED_WHEN_EMPTY: ReadonlySet<string> = new Set([
  'image',
  'podManagementPolicy',
  'restartPolicy',
  'serviceName',
  'type',
])

/** True for a value that says nothing, in a file as in the stored object: absent, null, the default, or empty and dropped. */
export function isUnset(path: readonly string[], value: Json | undefined): boolean {
  if (value === undefined || value === null || isApiDefault(path, value)) return true
  if (Array.isArray(value)) return value.length === 0
  return value === '' && DROPPED_WHEN_EMPTY.has(path.at(-1) ?? '')
}

/** What the API server adds to a container entry that injection made: left behind, it does not make the entry the user's. */
const ENTRY_DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  terminationMessagePath: ['"/dev/termination-log"'],
  terminationMessagePolicy: ['"File"'],
  imagePullPolicy: ['"IfNotPresent"', '"Always"'],
  resources: ['{}'],
}

/** True for a member of a container that the API server wrote by itself. */
export function isEntryDefault(field: string, value: Json | undefined): boolean {
  return (
    Object.hasOwn(ENTRY_DEFAULTS, field) && (ENTRY_DEFAULTS[field]?.includes(JSON.stringify(value)) ?? false)
  )
}
