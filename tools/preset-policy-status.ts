// The schema of a PresetPolicy's status: what src/core/policy/policy-status.ts writes.
import type { JsonObject } from '../src/core/api/json.ts'

/** For the CustomResourceDefinition (preset-policy-crd.ts). */
export function statusSchema(): JsonObject {
  return {
    type: 'object',
    description: 'What the leader sees, written within seconds of a change.',
    properties: {
      observedGeneration: seen('The generation of the spec that this is about.'),
      namespaces: seen('Namespaces that it selects.'),
      workloads: seen('Planned workloads in them.'),
      gpus: seen('GPUs of their pods that have not ended, waiting ones too.'),
      nodes: seen('Nodes that are claimed for them.'),
      costPerHour: { type: 'string', description: 'Their list price; nodes without a price count as 0.' },
      heldPods: seen('Pods that wait because of this policy.'),
      conditions: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
        items: condition(),
      },
    },
  }
}

function seen(description: string): JsonObject {
  return { type: 'integer', format: 'int64', minimum: 0, description }
}

/** metav1.Condition. */
function condition(): JsonObject {
  return {
    type: 'object',
    required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
    properties: {
      type: { type: 'string', maxLength: 316 },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      reason: { type: 'string', minLength: 1, maxLength: 1024 },
      message: { type: 'string', maxLength: 32_768 },
    },
  }
}
