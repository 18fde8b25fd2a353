// Pipeline: kube. What kaito-native may do, next to the code that does it; manifests/base/rbac.yaml is this table (a test
// compares them), and a test runs `serve` with nothing else. Discovery (/apis) every authenticated user may read.
import type { JsonObject } from '../core/api/json.ts'
import { CERTIFICATE_SECRET } from './certificate-secret.ts'
import { REGISTERED_RESOURCES } from './registration.ts'

export interface PolicyRule extends JsonObject {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const NAME = 'kaito-native'
/** Its name is its message: webhooks/configuration.ts. */
const GUARD = 'kaito-native-must-be-running'

/** In the whole cluster. */
export const CLUSTER_RULES: readonly PolicyRule[] = [
  // Server-side apply is a patch, and a create where nothing is there yet; both are asked with the name.
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: Object.values(REGISTERED_RESOURCES),
    resourceNames: [NAME, GUARD],
    verbs: ['create', 'patch'],
  },
  // Whose machines the nodes are (spec.providerID).
  { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
]

/** In the namespace of kaito-native. */
export const NAMESPACE_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['secrets'], resourceNames: [CERTIFICATE_SECRET], verbs: ['get', 'update'] },
  // What extends the catalogue (kaito.sh/catalogue); a list cannot be limited by label.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
  // RBAC cannot limit a create by name.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
]

/** The ServiceAccount with its roles and bindings, for kaito-native in `namespace`. */
export function renderRbac(namespace: string): readonly JsonObject[] {
  const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace }]
  const cluster = { name: NAME, labels: { 'app.kubernetes.io/name': NAME } }
  const namespaced = { ...cluster, namespace }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: namespaced },
    rbac('ClusterRole', cluster, { rules: CLUSTER_RULES }),
    rbac('ClusterRoleBinding', cluster, { roleRef: roleRef('ClusterRole'), subjects }),
    rbac('Role', namespaced, { rules: NAMESPACE_RULES }),
    rbac('RoleBinding', namespaced, { roleRef: roleRef('Role'), subjects }),
  ]
}

function rbac(kind: string, metadata: JsonObject, rest: JsonObject): JsonObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, ...rest }
}

function roleRef(kind: string): JsonObject {
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name: NAME }
}
