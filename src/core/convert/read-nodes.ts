// Pipeline: convert. `resource` (of an InferenceSet: `spec.labelSelector` and `spec.template.resource`) → the nodes that are
// asked for. Upstream gives its nodes the labels of the selector, and so does a claim: they become the pods' node selector.
import type { JsonObject } from '../api/json.ts'
import type { Fields } from './fields.ts'
import { invalid, required, unsupported } from './findings.ts'
import type { Labels, NodesWish } from './wish.ts'

/** https://github.com/kaito-project/kaito/blob/v0.12.0/api/v1beta1/labels.go: ignored in a selector. */
const RESERVED_LABELS: ReadonlySet<string> = new Set([
  'kaito.sh/workspace',
  'kaito.sh/workspacenamespace',
  'kaito.sh/ragengine',
  'kaito.sh/ragenginenamespace',
  'karpenter.kaito.sh/workspace-name',
  'karpenter.kaito.sh/workspace-namespace',
  'karpenter.kaito.sh/inferenceset',
  'karpenter.kaito.sh/inferenceset-namespace',
])
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist']
const MODES = ['mig', 'accelerator']

/** `selectorOf` carries `labelSelector`. */
export function readNodes(selectorOf: Fields, resource: Fields, defaultType: string | undefined): NodesWish {
  const selector = selectorOf.child('labelSelector')
  if (selector === undefined) {
    const detail = 'says which labels the nodes have: {matchLabels: {apps: my-model}}'
    selectorOf.findings.errors.push(required(selectorOf.at('labelSelector'), detail))
  }
  return {
    instanceType: readInstanceType(resource, defaultType),
    count: resource.integer('count', 1),
    ...readSelector(selector),
    preferredNodes: readPreferredNodes(resource),
    gpusPerPod: readPartition(resource.child('partition')),
  }
}

function readInstanceType(resource: Fields, defaultType: string | undefined): string | undefined {
  const given = resource.text('instanceType')
  if (given !== undefined) return given
  resource.note(
    'instanceType',
    defaultType === undefined
      ? 'not given, as for nodes of your own: kaito.sh/provisioning is none, nodes that exist are used'
      : `not given: ${defaultType} as upstream's default; "auto" takes the cheapest on which the model fits`,
  )
  return defaultType
}

function readPreferredNodes(resource: Fields): readonly string[] {
  const names = resource.texts('preferredNodes')
  if (names.length > 0)
    resource.note(
      'preferredNodes',
      'became a preferred node affinity: any ready node with room and these labels is used before one is claimed',
    )
  return names
}

type Selector = Pick<NodesWish, 'nodeSelector' | 'expressions'>

function readSelector(selector: Fields | undefined): Selector {
  if (selector === undefined) return { nodeSelector: {}, expressions: [] }
  const labels: Record<string, string> = { ...withoutReserved(selector) }
  const expressions: JsonObject[] = []
  for (const fields of selector.children('matchExpressions')) {
    const { key, operator, values } = readExpression(fields)
    const [only] = values
    const isLabel = operator === 'In' && values.length === 1 && only !== undefined
    if (isLabel && (labels[key] === undefined || labels[key] === only)) labels[key] = only
    else expressions.push(values.length === 0 ? { key, operator } : { key, operator, values })
  }
  return { nodeSelector: labels, expressions }
}

function withoutReserved(selector: Fields): Labels {
  const entries = Object.entries(selector.map('matchLabels')).filter(([key]) => {
    if (RESERVED_LABELS.has(key)) selector.note(`matchLabels[${key}]`, 'reserved by upstream, left out')
    return !RESERVED_LABELS.has(key)
  })
  return Object.fromEntries(entries)
}

function readExpression(fields: Fields): {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
} {
  const key = fields.requiredText('key', 'the key of a node label')
  const operator = fields.requiredText('operator', `one of ${OPERATORS.join(', ')}`)
  if (operator !== '' && !OPERATORS.includes(operator))
    fields.findings.errors.push(unsupported(fields.at('operator'), operator, OPERATORS))
  const values = fields.texts('values')
  const takesValues = operator === 'In' || operator === 'NotIn'
  if (takesValues && values.length === 0)
    fields.findings.errors.push(required(fields.at('values'), `${operator} takes at least one value`))
  if (!takesValues && values.length > 0)
    fields.findings.errors.push(invalid(fields.at('values'), values.join(','), `${operator} takes no values`))
  return { key, operator, values }
}

/** GPUs of a pod that shares a node; a slice of a GPU cannot be asked for. */
function readPartition(partition: Fields | undefined): number | undefined {
  if (partition === undefined) return undefined
  const mode = partition.requiredText('mode', `one of ${MODES.join(', ')}`)
  if (mode !== '' && !MODES.includes(mode))
    partition.findings.errors.push(unsupported(partition.at('mode'), mode, MODES))
  const profile = partition.text('profile')
  const count = partition.integer('count', 1)
  if (mode === 'mig')
    partition.note(
      'profile',
      `${profile ?? 'a slice of a GPU'} has no equivalent: whole GPUs are asked for (nvidia.com/gpu)`,
    )
  if (mode === 'accelerator' && count === undefined)
    partition.findings.errors.push(required(partition.at('count'), 'the number of GPUs'))
  return mode === 'accelerator' ? count : undefined
}
