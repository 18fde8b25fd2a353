// Builders of workloads: the smallest useful one, with what a test wants to be different.
import { PREFIX } from '../../../src/core/api/annotations.ts'
import { objectAt, stringAt, type Json, type JsonObject } from '../../../src/core/api/json.ts'

export interface WorkloadParts {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'Job'
  readonly name?: string
  /** Annotations of ours, without the prefix; `preset` is there unless given as undefined. */
  readonly annotations?: Readonly<Record<string, Json | undefined>>
  /** Annotations with their whole key. */
  readonly foreign?: Readonly<Record<string, string>>
  /** Fields of spec beside the template. */
  readonly spec?: JsonObject
  readonly templateMetadata?: JsonObject
  /** Fields of the pod's spec beside the containers. */
  readonly pod?: JsonObject
  /** Fields of the container `model`. */
  readonly container?: JsonObject
  readonly sidecars?: readonly JsonObject[]
}

export const PRESET_NAME = 'phi-4-mini-instruct'

/** A workload with one container called `model`. */
export function makeWorkload(parts: WorkloadParts = {}): JsonObject {
  const { kind = 'Deployment', name = 'phi', pod = {}, container = {}, sidecars = [] } = parts
  const labels = { app: name }
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name, namespace: 'default', annotations: annotationsOf(parts) },
    spec: {
      ...(kind === 'Job' ? {} : { selector: { matchLabels: labels } }),
      template: {
        metadata: { labels, ...parts.templateMetadata },
        spec: { containers: [{ name: 'model', ...container }, ...sidecars], ...pod },
      },
      ...parts.spec,
    },
  }
}

/** A CronJob whose Jobs are such workloads. */
export function makeCronJob(parts: WorkloadParts = {}): JsonObject {
  const { metadata, spec } = makeWorkload({ ...parts, kind: 'Job' })
  const { name = null, namespace = null, annotations = {} } = metadata as JsonObject
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: { schedule: '0 3 * * *', jobTemplate: { metadata: { annotations }, spec: spec ?? {} } },
  }
}

function annotationsOf({ annotations = {}, foreign = {} }: WorkloadParts): JsonObject {
  const ours = Object.entries({ preset: PRESET_NAME, ...annotations })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [PREFIX + name, value] as const)
  return { ...foreign, ...Object.fromEntries(ours) }
}

/** The object with these annotations set, or taken away where the value is undefined; whole keys. */
export function withAnnotations(
  object: JsonObject,
  changes: Readonly<Record<string, Json | undefined>>,
): JsonObject {
  const metadata = objectAt(object, 'metadata')
  const annotations = Object.fromEntries(
    Object.entries({ ...objectAt(metadata, 'annotations'), ...changes }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  return { ...object, metadata: { ...metadata, annotations } }
}

/** The plan annotation as it stands on an object; empty where there is none. */
export function planText(object: JsonObject): string {
  return stringAt(objectAt(objectAt(object, 'metadata'), 'annotations'), 'kaito.sh/plan') ?? ''
}

/** The pod template of an object. */
export function templateOf(object: JsonObject): JsonObject {
  return objectAt(objectAt(object, 'spec'), 'template')
}

/** The pod spec of an object. */
export function podOf(object: JsonObject): JsonObject {
  return objectAt(templateOf(object), 'spec')
}

/** The container of that name. */
export function containerOf(object: JsonObject, name = 'model'): JsonObject {
  const containers = podOf(object)['containers']
  const found = Array.isArray(containers)
    ? (containers as readonly JsonObject[]).find(container => container['name'] === name)
    : undefined
  return found ?? {}
}
