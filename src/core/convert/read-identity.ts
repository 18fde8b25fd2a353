// Pipeline: convert. Metadata of an upstream object → name, labels and annotations of the native one. Upstream's own
// annotations become what does the same here, or a note; everybody else's are kept.
import { ANNOTATIONS, PREFIX } from '../api/annotations.ts'
import { parseContainerName } from '../api/annotation-values.ts'
import { RUNTIMES } from '../api/names.ts'
import type { Fields } from './fields.ts'
import { invalid, required, unsupported } from './findings.ts'
import type { Identity, Labels } from './wish.ts'

/** What the API server and the controllers write: no part of anybody's wish. */
const WRITTEN_METADATA = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
  'finalizers',
  'ownerReferences',
]
const WRITTEN_ANNOTATIONS: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'workspace.kaito.io/revision',
  'workspace.kaito.io/hash',
  'workspace.kaito.io/name',
  'inferenceset.kaito.io/revision',
])

const NODE_IMAGE = 'the node class decides on the image of the nodes'
const STREAMING = 'weights are not streamed: kaito.sh/weights says where they come from'
const UPGRADES = 'a plan stands until kaito.sh/replan asks for a new one'
const AUTOSCALING = 'scale the Deployment with a HorizontalPodAutoscaler or KEDA'
/** Upstream's annotations without an equivalent, and what there is instead. */
const NO_EQUIVALENT: Readonly<Record<string, string>> = {
  'kaito.sh/node-image-family': NODE_IMAGE,
  'kaito.sh/node-class-name': 'the node class is that of `kaito-native serve --node-class`',
  'kaito.sh/disable-benchmark': 'there is no benchmark: a pod is ready when its server is',
  'kaito.sh/run-benchmark': 'there is no benchmark: a pod is ready when its server is',
  'kaito.sh/use-local-weights': 'no path of the node is mounted: kaito.sh/weights names a claim or an image',
  'kaito.sh/model-streaming': STREAMING,
  'kaito.sh/model-mirror-storage-class': STREAMING,
  'kaito.sh/streaming-service-account': STREAMING,
  'kaito.sh/model-mirror-name': STREAMING,
  'kaito.sh/upgrade-to-version': UPGRADES,
  'kaito.sh/upgrade-start-time': UPGRADES,
  'scaledobject.kaito.sh/auto-provision': AUTOSCALING,
  'scaledobject.kaito.sh/max-replicas': AUTOSCALING,
  'scaledobject.kaito.sh/metricName': AUTOSCALING,
  'scaledobject.kaito.sh/threshold': AUTOSCALING,
}
const PERFORMANCE_MODES = ['balanced', 'interactivity', 'throughput']

/** The identity that the metadata asks for; `more` are annotations of an InferenceSet's template, which win. */
export function readIdentity(root: Fields, more: Fields | undefined): Identity {
  const metadata = root.child('metadata')
  noteWritten(root, metadata)
  const name = metadata === undefined ? undefined : readName(metadata)
  if (metadata === undefined || name === undefined)
    root.findings.errors.push(required('metadata.name', 'the native workload gets the same name'))
  const own = readAnnotations(metadata)
  const theirs = readAnnotations(more)
  return {
    name: name ?? '',
    namespace: metadata?.text('namespace'),
    labels: { ...readLabels(metadata), ...readLabels(more) },
    annotations: { ...own.annotations, ...theirs.annotations },
    loadBalancer: own.loadBalancer || theirs.loadBalancer,
    performanceMode: theirs.performanceMode ?? own.performanceMode,
  }
}

function readName(metadata: Fields): string | undefined {
  const name = metadata.text('name')
  const parsed = parseContainerName(name ?? '')
  if (name !== undefined && 'expected' in parsed)
    metadata.findings.errors.push(
      invalid(metadata.at('name'), name, 'must be lower case letters, digits and "-" (a DNS-1123 label)'),
    )
  return name
}

/** One note for all of it: a manifest that was read from a cluster is full of it. */
function noteWritten(root: Fields, metadata: Fields | undefined): void {
  const present = WRITTEN_METADATA.filter(key => metadata?.raw(key) !== undefined).map(
    key => `metadata.${key}`,
  )
  const status = root.raw('status') === undefined ? [] : ['status']
  const written = [...present, ...status]
  if (written.length > 0) root.note(written.join(', '), 'written by the cluster, left out')
}

/** Labels that upstream gives its own objects would only mislead on a native one. */
function readLabels(metadata: Fields | undefined): Labels {
  const entries = Object.entries(metadata?.map('labels') ?? {}).filter(([key]) => {
    const isUpstreams = /^(?:[a-z-]+\.)*kaito\.(?:sh|io)\//.test(key)
    if (isUpstreams) metadata?.note(`labels[${key}]`, "upstream's own, left out")
    return !isUpstreams
  })
  return Object.fromEntries(entries)
}

type Understood = Pick<Identity, 'annotations' | 'loadBalancer' | 'performanceMode'>

function readAnnotations(metadata: Fields | undefined): Understood {
  const given = metadata?.map('annotations') ?? {}
  const kept: Record<string, string> = {}
  for (const [key, value] of Object.entries(given)) {
    const mine = metadata === undefined ? undefined : readAnnotation(metadata, key, value)
    if (mine !== undefined) kept[key] = mine
  }
  const mode = given['kaito.sh/performance-mode']
  return {
    annotations: kept,
    loadBalancer: given['kaito.sh/enablelb'] === 'True',
    performanceMode: mode === 'balanced' ? undefined : mode,
  }
}

/** The value under which the native workload keeps an annotation; undefined: not at all. */
function readAnnotation(metadata: Fields, key: string, value: string): string | undefined {
  const field = `annotations[${key}]`
  if (WRITTEN_ANNOTATIONS.has(key)) return undefined
  if (key === 'kaito.sh/bypass-resource-checks') return 'true'
  if (key === 'kaito.sh/runtime') return oneOf(metadata, field, value, RUNTIMES)
  if (key === 'kaito.sh/enablelb') {
    if (value !== 'True') metadata.note(field, `"${value}" left out: upstream heeds "True" only`)
    return undefined
  }
  if (key === 'kaito.sh/performance-mode') {
    oneOf(metadata, field, value, PERFORMANCE_MODES)
    return undefined
  }
  const why = NO_EQUIVALENT[key]
  if (why !== undefined) metadata.note(field, `"${value}" has no equivalent; ${why}`)
  else if (!key.startsWith(PREFIX) || isNative(key)) return value
  else metadata.note(field, 'unknown to kaito-native, left out')
  return undefined
}

function isNative(key: string): boolean {
  return Object.hasOwn(ANNOTATIONS, key.slice(PREFIX.length))
}

function oneOf(metadata: Fields, key: string, value: string, supported: readonly string[]): string {
  if (!supported.includes(value))
    metadata.findings.errors.push(unsupported(metadata.at(key), value, supported))
  return value
}
