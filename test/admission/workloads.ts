// Workload files as users write them: the smallest one, plus fields at the places that injection also writes to.
import type { Json, JsonObject } from '../../src/core/api/json.ts'

export type Kind = 'Deployment' | 'StatefulSet'

/** One field of the user's file; `{template}`, `{pod}` and `{container}` stand for those places, as in footprints. */
export interface Field {
  readonly at: readonly string[]
  readonly value: Json
}

export interface WorkloadFile {
  readonly kind: Kind
  readonly name: string
  /** Keys without the prefix kaito.sh/. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly fields?: readonly Field[]
  readonly replicas?: number
}

export const PRESET = 'phi-4-mini-instruct'
/** An image with no layout of KAITO's: the user's own server. */
export const OWN_IMAGE = 'registry.example/own-server:1'

/** The object in a file: annotated with a preset unless told otherwise. Without replicas, so that no pods are made. */
export function makeWorkload(file: WorkloadFile): JsonObject {
  const { kind, name, annotations = { preset: PRESET }, fields = [], replicas = 0 } = file
  const bare: JsonObject = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, annotations: prefixed(annotations) },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' && { serviceName: name }),
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'model' }] } },
    },
  }
  return withFields(bare, fields)
}

/** What a second field manager sends: nothing but these fields. */
export function makePartialWorkload({ kind, name, fields = [] }: WorkloadFile): JsonObject {
  return withFields({ apiVersion: 'apps/v1', kind, metadata: { name } }, fields)
}

export function withFields(object: JsonObject, fields: readonly Field[]): JsonObject {
  const root = structuredClone<Tree>(object)
  for (const { at, value } of fields) setAt(root, at.flatMap(placeOf), value)
  return root
}

export function prefixed(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`kaito.sh/${key}`, value]))
}

interface Tree {
  [key: string]: Json | undefined | Tree | Tree[]
}

const POD = ['spec', 'template', 'spec']
const PLACES: Readonly<Record<string, readonly string[]>> = {
  '{template}': ['spec', 'template'],
  '{pod}': POD,
  '{container}': [...POD, 'containers', '0'],
}

function placeOf(key: string): readonly string[] {
  return PLACES[key] ?? [key]
}

function setAt(root: Tree, path: readonly string[], value: Json): void {
  let node = root
  for (const [depth, key] of path.slice(0, -1).entries()) {
    node[key] ??= path[depth + 1] === '0' ? ([{ name: 'model' }] as Tree[]) : {}
    node = node[key] as Tree
  }
  node[path.at(-1) ?? ''] = value
}
