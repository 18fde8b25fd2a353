// The CustomResourceDefinition of PresetPolicy: what src/core/policy/parse-policy.ts accepts, as the API server checks it
// (test/manifests/preset-policy.cluster.test.ts holds the two against each other). Lengths and patterns are the parser's own.
import { GO_DURATION } from '../src/core/api/annotation-values.ts'
import type { JsonObject } from '../src/core/api/json.ts'
import { RUNTIMES } from '../src/core/api/names.ts'
import { SELECTOR_OPERATORS } from '../src/core/policy/label-selector.ts'
import { HUGGING_FACE } from '../src/core/api/mirrors.ts'
import {
  COST,
  GLOB_MAX_CHARACTERS,
  HTTP_URL,
  MESSAGE_MAX_CHARACTERS,
  REGISTRY,
} from '../src/core/policy/parse-policy.ts'
import { ENFORCEMENTS, POLICY_API_VERSION, POLICY_KIND } from '../src/core/policy/preset-policy.ts'
import { LIST_MAX_ITEMS } from '../src/core/policy/reader.ts'
import { statusSchema } from './preset-policy-status.ts'

const [GROUP = '', VERSION = ''] = POLICY_API_VERSION.split('/')
const PLURAL = 'presetpolicies'

/** Its manifest. */
export function presetPolicyCrd(): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}`, labels: { 'app.kubernetes.io/name': 'kaito-native' } },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: {
        kind: POLICY_KIND,
        listKind: `${POLICY_KIND}List`,
        plural: PLURAL,
        singular: 'presetpolicy',
        shortNames: ['ppol'],
        categories: ['kaito'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: schema() },
        },
      ],
    },
  }
}

const COLUMNS = [
  column('Enforcement', 'string', '.spec.enforcement', 'What a violation leads to'),
  column('Ready', 'string', '.status.conditions[?(@.type=="Ready")].status', 'Whether it is in force'),
  column('Namespaces', 'integer', '.status.namespaces', 'Namespaces that it selects'),
  column('Workloads', 'integer', '.status.workloads', 'Planned workloads in them'),
  column('GPUs', 'integer', '.status.gpus', 'GPUs of their pods, waiting ones too'),
  column('Nodes', 'integer', '.status.nodes', 'Nodes that are claimed for them'),
  column('Held', 'integer', '.status.heldPods', 'Pods that wait because of this policy'),
  column('Age', 'date', '.metadata.creationTimestamp', ''),
]

function column(name: string, type: string, jsonPath: string, description: string): JsonObject {
  return { name, type, jsonPath, ...(description !== '' && { description }) }
}

function schema(): JsonObject {
  return {
    type: 'object',
    description:
      'What the workloads of its namespaces may run with kaito.sh/preset. All policies that select a namespace apply.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: spec(),
      status: statusSchema(),
    },
  }
}

function spec(): JsonObject {
  return {
    type: 'object',
    description: 'Every field is optional but enforcement; an absent one limits nothing.',
    required: ['enforcement'],
    properties: {
      enforcement: {
        type: 'string',
        enum: ENFORCEMENTS,
        description: 'Deny refuses, Warn tells the person at kubectl, Audit the audit log and the metrics.',
      },
      namespaceSelector: namespaceSelector(),
      message: {
        ...text(MESSAGE_MAX_CHARACTERS),
        description: 'Added to every refusal: whom to ask.',
      },
      presets: globs('Names and Hugging Face ids of presets.'),
      runtimes: {
        ...list({ type: 'string', enum: RUNTIMES }),
        description: 'Runtimes that are allowed; absent: all.',
      },
      instanceTypes: globs('Instance types.'),
      registries: globs(
        'Images that kaito-native injects or reads, with their registry, as they are pulled.',
      ),
      tuningHosts: globs('Hosts from which data for tuning come.'),
      limits: limits(),
      maxIdleGrace: {
        ...text(GLOB_MAX_CHARACTERS),
        pattern: GO_DURATION.source,
        'x-kubernetes-validations': [
          { rule: "duration(self) >= duration('0s')", message: 'must be a duration of less than 292 years' },
        ],
        description: 'The longest time for which an idle node may be kept, like 10m.',
      },
      mirrors: mirrors(),
    },
  }
}

function text(maxLength: number): JsonObject {
  return { type: 'string', minLength: 1, maxLength }
}

function list(items: JsonObject): JsonObject {
  return { type: 'array', maxItems: LIST_MAX_ITEMS, items, 'x-kubernetes-list-type': 'atomic' }
}

function globs(description: string): JsonObject {
  return {
    type: 'object',
    description,
    properties: {
      allow: {
        ...list(text(GLOB_MAX_CHARACTERS)),
        description:
          'Globs; what none of them matches is refused. Absent: everything is allowed. Empty: nothing is.',
      },
      deny: {
        ...list(text(GLOB_MAX_CHARACTERS)),
        description: 'Globs of what is refused; they win over allow.',
      },
    },
  }
}

function limits(): JsonObject {
  const perNamespace = 'in each namespace'
  return {
    type: 'object',
    properties: {
      gpusPerPod: count('GPUs of one pod.'),
      gpusPerWorkload: count('GPUs of all pods of one workload.'),
      gpus: count(`GPUs of all pods ${perNamespace}.`),
      nodes: count(`Nodes claimed ${perNamespace}.`),
      costPerHour: {
        ...text(GLOB_MAX_CHARACTERS),
        pattern: COST.source,
        description: `List price of the nodes claimed ${perNamespace}, like "40"; an instance type without a price does not pass.`,
      },
    },
  }
}

function count(description: string): JsonObject {
  return { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }
}

function mirrors(): JsonObject {
  const isHub = `self.from == '${HUGGING_FACE}'`
  return {
    type: 'array',
    maxItems: LIST_MAX_ITEMS,
    description:
      'Where images come from instead, and the models of huggingface.co; applied whatever the enforcement.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['from'],
    items: {
      type: 'object',
      required: ['from', 'to'],
      properties: {
        from: {
          ...text(GLOB_MAX_CHARACTERS),
          pattern: REGISTRY.source,
          description: 'A registry, with or without the beginning of a path; or huggingface.co.',
        },
        to: {
          ...text(GLOB_MAX_CHARACTERS),
          description: 'The same elsewhere; for huggingface.co an http(s) URL.',
        },
      },
      'x-kubernetes-validations': [
        {
          rule: `${isHub} ? self.to.matches(${celText(HTTP_URL)}) && isURL(self.to) : self.to.matches(${celText(REGISTRY)})`,
          messageExpression: `${isHub} ? 'the mirror of ${HUGGING_FACE} must be an http or https URL' : 'must be a registry, without a scheme'`,
          fieldPath: '.to',
        },
      ],
    },
  }
}

/** A raw CEL string: no escapes. */
function celText({ source }: RegExp): string {
  return `r'${source}'`
}

function namespaceSelector(): JsonObject {
  return {
    type: 'object',
    description: 'By the labels of a namespace; absent: every namespace.',
    'x-kubernetes-map-type': 'atomic',
    properties: {
      matchLabels: {
        type: 'object',
        maxProperties: LIST_MAX_ITEMS,
        additionalProperties: { type: 'string', maxLength: GLOB_MAX_CHARACTERS },
      },
      matchExpressions: list({
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: text(GLOB_MAX_CHARACTERS),
          operator: { type: 'string', enum: SELECTOR_OPERATORS },
          values: list(text(GLOB_MAX_CHARACTERS)),
        },
        'x-kubernetes-validations': [
          {
            rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            message: 'In and NotIn need at least one value, Exists and DoesNotExist take none',
            fieldPath: '.values',
          },
        ],
      }),
    },
  }
}
