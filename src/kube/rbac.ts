// Pipeline: kube. What kaito-native may do, next to the code that does it; manifests/base/rbac.yaml is this table (a test
// compares them), and a test runs `serve` with nothing else. Discovery (/apis) every authenticated user may read.
import type { JsonObject } from '../core/api/json.ts'
import { KNOWN_NODE_CLASS_KINDS } from '../core/claim/choose-backend.ts'
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
/** Of the leader election; one for all replicas. */
export const LEASE_NAME = NAME

const READ = ['get', 'list', 'watch']

/** What the controller does in the whole cluster, because workloads are in any namespace and nodes and claims in none. */
const CONTROLLER_RULES: readonly PolicyRule[] = [
  // Its picture of the cluster: pods on their nodes, the way from a pod to its workload, the Services that are there.
  // Admission reads the nodes too: whose machines they are (spec.providerID). Namespaces: by their labels policies select.
  { apiGroups: [''], resources: ['pods', 'nodes', 'services', 'namespaces'], verbs: READ },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'replicasets', 'statefulsets', 'controllerrevisions'],
    verbs: READ,
  },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: READ },
  // What platform teams allow, and what is said of it there.
  { apiGroups: ['policy.kaito.sh'], resources: ['presetpolicies'], verbs: READ },
  { apiGroups: ['policy.kaito.sh'], resources: ['presetpolicies/status'], verbs: ['patch'] },
  // How far an autoscaler may go, for a warning.
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: READ },
  // Opens its own gate and pins the pod; a pod whose node is lost is evicted, so that its owner makes a new one.
  { apiGroups: [''], resources: ['pods'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  // The Service of a model, kept up to date, and its end where the user turns it off (only one that the workload owns).
  { apiGroups: [''], resources: ['services'], verbs: ['create', 'delete', 'patch'] },
  // The default settings of tuning, where a Job names none; kept by a label, which RBAC knows nothing of.
  { apiGroups: [''], resources: ['configmaps'], verbs: [...READ, 'create', 'patch'] },
  // Conditions. Never a workload itself: its spec is the user's.
  { apiGroups: ['apps'], resources: ['deployments/status', 'statefulsets/status'], verbs: ['patch'] },
  { apiGroups: ['batch'], resources: ['jobs/status'], verbs: ['patch'] },
  // Why the provisioner refused a claim stands in an Event only; our own Events are about objects in any namespace.
  { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch', 'create', 'patch'] },
  // Nodes are asked for and given back by claims; nodes themselves are never written.
  {
    apiGroups: ['karpenter.sh'],
    resources: ['nodeclaims', 'machines'],
    verbs: [...READ, 'create', 'patch', 'delete'],
  },
  // Which node class a claim can name.
  ...KNOWN_NODE_CLASS_KINDS.map(({ group, resource }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: ['list'],
  })),
]

/** In the whole cluster. */
export const CLUSTER_RULES: readonly PolicyRule[] = [
  // Server-side apply is a patch, and a create where nothing is there yet; both are asked with the name.
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: Object.values(REGISTERED_RESOURCES),
    resourceNames: [NAME, GUARD],
    verbs: ['create', 'patch'],
  },
  ...CONTROLLER_RULES,
]

/** In the namespace of kaito-native. */
export const NAMESPACE_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['secrets'], resourceNames: [CERTIFICATE_SECRET], verbs: ['get', 'update'] },
  // What extends the catalogue (kaito.sh/catalogue); a list cannot be limited by label.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
  // A dry run that tells whether pods may mount images; the object itself would start nothing.
  { apiGroups: [''], resources: ['podtemplates'], verbs: ['create'] },
  // RBAC cannot limit a create by name.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  // Which replica leads.
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [LEASE_NAME],
    verbs: ['get', 'update'],
  },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
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
