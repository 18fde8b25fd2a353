// Builders of upstream objects for tests: a small good one, with parts of it replaced.
import type { JsonObject } from '../../../src/core/api/json.ts'

export interface UpstreamParts {
  readonly name?: string
  readonly version?: 'v1alpha1' | 'v1beta1'
  readonly annotations?: JsonObject
  /** Laid over a resource with an instance type and a label selector. */
  readonly resource?: JsonObject
  /** In place of phi-4; unless given, a Workspace with `tuning` has none. */
  readonly inference?: JsonObject
  readonly tuning?: JsonObject
}

/** A Workspace that serves phi-4 on an A100. */
export function makeWorkspace(parts: UpstreamParts): JsonObject {
  const { name = 'phi', version = 'v1beta1', annotations, resource, tuning } = parts
  const inference = parts.inference ?? (tuning === undefined ? { preset: { name: 'phi-4' } } : undefined)
  return {
    apiVersion: `kaito.sh/${version}`,
    kind: 'Workspace',
    metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
    resource: {
      instanceType: 'Standard_NC24ads_A100_v4',
      labelSelector: { matchLabels: { apps: 'phi' } },
      ...resource,
    },
    ...(inference === undefined ? {} : { inference }),
    ...(tuning === undefined ? {} : { tuning }),
  }
}

/** An InferenceSet of phi-4 on A100s. */
export function makeInferenceSet({
  preset = 'phi-4',
  instanceType = 'Standard_NC24ads_A100_v4',
  replicas = 2,
}: {
  readonly preset?: string
  readonly instanceType?: string
  readonly replicas?: number
}): JsonObject {
  return {
    apiVersion: 'kaito.sh/v1beta1',
    kind: 'InferenceSet',
    metadata: { name: 'phi' },
    spec: {
      replicas,
      labelSelector: { matchLabels: { apps: 'phi' } },
      template: { resource: { instanceType }, inference: { preset: { name: preset } } },
    },
  }
}
