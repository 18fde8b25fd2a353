// Test builder: PresetPolicies as their manifests say them.
import type { JsonObject } from '../../../src/core/api/json.ts'

/** One that denies, unless `spec` says otherwise. */
export function makePolicy(spec: JsonObject, name = 'team-a'): JsonObject {
  return {
    apiVersion: 'policy.kaito.sh/v1alpha1',
    kind: 'PresetPolicy',
    metadata: { name },
    spec: { enforcement: 'Deny', ...spec },
  }
}
