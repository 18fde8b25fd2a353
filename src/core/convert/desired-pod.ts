// Pipeline: convert. Wish → pod templates: as little as says what is meant, the webhook adds the rest.
import { isObject, jsonEqual, listAt, objectAt, type Json, type JsonObject } from '../api/json.ts'
import { INSTANCE_TYPE_LABEL } from '../claim/requirements.ts'
import { DEFAULT_CONTAINER } from '../template/reading.ts'
import { GPU_RESOURCE } from '../template/steps/gpu.ts'
import type { Labels, ModelWish, NodesWish, Wish } from './wish.ts'

/** The pod template of a preset's workload. */
export function modelTemplate({ preset, parts }: ModelWish, nodes: NodesWish, labels: Labels): JsonObject {
  const gpus = nodes.gpusPerPod
  const container = {
    name: DEFAULT_CONTAINER,
    ...(preset.image === undefined ? {} : { image: preset.image }),
    ...notEmpty('args', parts.args),
    ...notEmpty('env', parts.env),
    ...(gpus === undefined ? {} : { resources: { limits: { [GPU_RESOURCE]: String(gpus) } } }),
    ...notEmpty('volumeMounts', parts.volumeMounts),
  }
  const secrets = [...new Set(parts.pullSecrets)].map(name => ({ name }))
  return {
    ...(Object.keys(labels).length === 0 ? {} : { metadata: { labels } }),
    spec: {
      ...notEmpty('imagePullSecrets', secrets),
      ...nodeSelection(nodes),
      containers: [container],
      ...notEmpty('volumes', parts.volumes),
    },
  }
}

/** Upstream's own on every pod: https://github.com/kaito-project/kaito/blob/v0.12.0/pkg/workspace/manifests/manifests.go */
const TOLERATIONS: readonly JsonObject[] = [
  { key: GPU_RESOURCE, operator: 'Exists', effect: 'NoSchedule' },
  { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
]

/** The user's own pod template, on the nodes that upstream would have put it on; its own node selector and affinity stay. */
export function ownTemplate(template: JsonObject, nodes: NodesWish, labels: Labels): JsonObject {
  const { metadata: _, spec: __, ...rest } = template
  const spec = objectAt(template, 'spec')
  const metadata = objectAt(template, 'metadata')
  const type = nodes.instanceType === undefined ? {} : { [INSTANCE_TYPE_LABEL]: nodes.instanceType }
  const nodeSelector = { ...type, ...nodes.nodeSelector, ...textsOf(spec['nodeSelector']) }
  const theirs = listAt(spec, 'tolerations')
  const missing = TOLERATIONS.filter(one => !theirs.some(other => jsonEqual(one, other)))
  return {
    metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), ...labels } },
    ...rest,
    spec: {
      ...nodeSelection({ ...nodes, nodeSelector }),
      ...spec,
      ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
      tolerations: [...theirs, ...missing],
    },
  }
}

/** The label by which the workload finds its pods: one that a template of the user's leaves free. */
export function selectorOf({ work }: Wish, name: string): Labels {
  const taken = work?.does === 'template' ? objectAt(objectAt(work.template, 'metadata'), 'labels') : {}
  const keys = ['app', 'app.kubernetes.io/name', 'app.kubernetes.io/instance']
  const free = keys.find(key => taken[key] === undefined || taken[key] === name)
  return { [free ?? 'app.kubernetes.io/component']: name }
}

interface NodeSelection {
  readonly nodeSelector?: Labels
  readonly affinity?: JsonObject
}

function nodeSelection({ nodeSelector, expressions, preferredNodes }: NodesWish): NodeSelection {
  const preferred = preferredNodes.map(name => ({
    weight: 100,
    preference: { matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] },
  }))
  const terms = { nodeSelectorTerms: [{ matchExpressions: expressions }] }
  const nodeAffinity = {
    ...(expressions.length === 0 ? {} : { requiredDuringSchedulingIgnoredDuringExecution: terms }),
    ...notEmpty('preferredDuringSchedulingIgnoredDuringExecution', preferred),
  }
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(Object.keys(nodeAffinity).length === 0 ? {} : { affinity: { nodeAffinity } }),
  }
}

function textsOf(value: Json | undefined): Labels {
  const entries = Object.entries(isObject(value) ? value : {})
  return Object.fromEntries(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])))
}

function notEmpty(key: string, list: readonly Json[]): JsonObject {
  return list.length === 0 ? {} : { [key]: list }
}
