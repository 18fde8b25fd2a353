// An AdmissionReview as a real API server sends it (kube-apiserver 1.35, CREATE of a Deployment).
import type { JsonObject } from '../../src/core/api/json.ts'

/** The request half, with what a test wants different. */
export function makeRequest(overrides: JsonObject = {}): JsonObject {
  return {
    uid: '7f0b8a1e-1c2d-4e5f-8a9b-0c1d2e3f4a5b',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
    name: 'phi-4-mini',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    object: makeDeployment(),
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-create' },
    ...overrides,
  }
}

/** The whole body. */
export function makeReviewText(overrides: JsonObject = {}): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: makeRequest(overrides),
  })
}

/** The smallest useful workload. */
export function makeDeployment(
  annotations: JsonObject = { 'kaito.sh/preset': 'phi-4-mini-instruct' },
): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'phi-4-mini', namespace: 'default', annotations },
    spec: {
      selector: { matchLabels: { app: 'phi-4-mini' } },
      template: { metadata: { labels: { app: 'phi-4-mini' } }, spec: { containers: [{ name: 'model' }] } },
    },
  }
}
