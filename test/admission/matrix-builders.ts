// What the rows of the matrix are made of: fields of pods, and how they change from one version of a file to the next.
import type { Json, JsonObject } from '../../src/core/api/json.ts'
import type { Field, Kind } from './workloads.ts'

export interface Row {
  readonly title: string
  /** Both unless given. */
  readonly kinds?: readonly Kind[]
  /** Keys without the prefix kaito.sh/; the preset unless given. */
  readonly annotations?: Readonly<Record<string, string>>
  /** An instance type that the row's preset can be moved to. */
  readonly otherInstanceType?: string
  /** The fields are valid with a preset only: they go with the annotation. */
  readonly needsPreset?: true
  /** What the user wrote is combined with what is injected, so it is not found as it was. */
  readonly combined?: true
  /** Why it matters that the fields are there before anything is injected: they do not come back later in the row's life. */
  readonly fromStart?: string
  /** The user's fields from one version of the file to the next; the last one has none left. */
  readonly versions: readonly (readonly Field[])[]
}

/** A list with two entries: one changed, one added, one removed, all removed. */
export function entries(
  title: string,
  at: readonly string[],
  first: Json,
  changed: Json,
  second: Json,
  added: Json,
): Row {
  return values(title, at, [first, second], [changed, second], [changed, second, added], [second, added])
}

/** A map with two members, likewise. */
export function map(
  title: string,
  at: readonly string[],
  first: JsonObject,
  changed: JsonObject,
  second: JsonObject,
): Row {
  return values(title, at, { ...first, ...second }, { ...changed, ...second }, second)
}

/** One place with these values in turn, then with none. */
export function values(title: string, at: readonly string[], ...inTurn: readonly Json[]): Row {
  return { title, versions: [...inTurn.map(value => [{ at, value }]), []] }
}

/** Mounts need volumes, which stay until the last mount goes. */
export function withVolumes(title: string, first: Json, changed: Json, second: Json, added: Json): Row {
  const row = entries(title, ['{container}', 'volumeMounts'], first, changed, second, added)
  const volumes = { at: ['{pod}', 'volumes'], value: [volume('a', '1Gi'), volume('b', '1Gi')] }
  const versions = row.versions.map(fields => (fields.length === 0 ? [] : fields.concat(volumes)))
  return { ...row, versions }
}

/** The user's own volume at a path where injection would mount one. */
export function ownVolume(title: string, mountPath: string, ...sources: readonly JsonObject[]): Row {
  const versions = sources.map(source => [
    { at: ['{container}', 'volumeMounts'], value: [mount(mountPath, 'mine')] },
    { at: ['{pod}', 'volumes'], value: [{ name: 'mine', ...source }] },
  ])
  return {
    title,
    versions: [...versions, []],
    fromStart: 'an injected volume that nobody mounts any more stays until the next plan',
  }
}

export function env(name: string, value: string): Json {
  return { name, value }
}

export function envFrom(name: string, key: string): Json {
  return { name, valueFrom: { configMapKeyRef: { name: 'settings', key } } }
}

export function port(containerPort: number, name: string): Json {
  return { containerPort, name }
}

export function mount(mountPath: string, name: string): Json {
  return { mountPath, name }
}

export function volume(name: string, sizeLimit: string): Json {
  return { name, emptyDir: { sizeLimit } }
}

export function claim(name: string, claimName: string): Json {
  return { name, persistentVolumeClaim: { claimName } }
}

export function container(name: string, tag: string): Json {
  return { name, image: `registry.example/init:${tag}`, command: ['true'] }
}

export function tolerate(key: string, value: string): Json {
  return { key, operator: 'Equal', value, effect: 'NoSchedule' }
}

export function term(key: string, value: string): Json {
  return { matchExpressions: [{ key, operator: 'In', values: [value] }] }
}

export function preferred(key: string): Json {
  return { weight: 1, preference: term(key, '1') }
}

export function podAffinity(app: string): Json {
  const affinityTerm = { labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }
  return { requiredDuringSchedulingIgnoredDuringExecution: [affinityTerm] }
}

export function gate(name: string): Json {
  return { name: `example.com/${name}` }
}

export function probe(periodSeconds: number): Json {
  return { httpGet: { path: '/ready', port: 5000 }, periodSeconds }
}

export function exec(...command: readonly string[]): Json {
  return { exec: { command } }
}

export function rolling(rollingUpdate: JsonObject): Json {
  return { type: 'RollingUpdate', rollingUpdate }
}
