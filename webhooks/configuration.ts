// Pipeline: webhooks. What is registered with the API server so that it calls us: pure functions from where we are
// reachable to the two webhook configurations. Rules and conditions are shared with admission-policy.ts.
import type { JsonObject } from '../src/core/api/json.ts'
import { WORKLOAD_KINDS } from '../src/core/workload/kinds.ts'
import {
  ANNOTATED,
  ANNOTATED_OR_MISPLACED,
  NEEDS_US,
  NOT_AN_EARLIER_JOB,
  NOT_BEING_DELETED,
  type MatchCondition,
} from './conditions.ts'
import { FAILURE_POLICIES, type WebhookName } from './handler.ts'

/** The name of everything cluster-scoped that kaito-native registers, and of its Service and Deployment. */
export const REGISTRATION_NAME = 'kaito-native'

/** What a person reads while we are down: `failed calling webhook "kaito-native-must-be-running.kaito.sh"`. */
export const GUARD_NAME = 'kaito-native-must-be-running'
/** It is asked after mutate.kaito.sh has been waited for: a black hole costs 3 s and this. */
const GUARD_TIMEOUT_SECONDS = 1

/** Our deadline: a user waits for it when we are down. The work itself takes milliseconds. */
export const WEBHOOK_TIMEOUT_SECONDS = 3

export interface Registration {
  /** The namespace of kaito-native: of its Service, and excluded from its own webhooks. */
  readonly namespace: string
  /** `https://HOST:PORT` where the webhooks are reached by URL; else by the Service `kaito-native`, port 443. */
  readonly url?: string
  /** PEM. */
  readonly caCertificate: string
}

/** MutatingWebhookConfiguration kaito-native, with the webhook mutate.kaito.sh. */
export function mutatingWebhookConfiguration(registration: Registration): JsonObject {
  const webhook = {
    ...commonWebhook('mutate', registration),
    matchConditions: [NOT_BEING_DELETED, ANNOTATED_OR_MISPLACED],
    // Later webhooks may change the template: ours is asked again, and answers with an empty patch when nothing is missing.
    reinvocationPolicy: 'IfNeeded',
  }
  return configuration('MutatingWebhookConfiguration', webhook)
}

/**
 * MutatingWebhookConfiguration kaito-native-must-be-running: fails closed, and only its name is its purpose. While we are
 * down it refuses annotated writes that others would refuse without naming us; while we are up, mutate.kaito.sh (its
 * configuration sorts first) has filled in the image, so a CREATE does not come here. Same handler, empty patch.
 */
export function guardConfiguration(registration: Registration): JsonObject {
  const webhook = {
    ...commonWebhook('mutate', registration),
    name: `${GUARD_NAME}.kaito.sh`,
    matchConditions: [NOT_BEING_DELETED, ANNOTATED, NOT_AN_EARLIER_JOB, NEEDS_US],
    failurePolicy: 'Fail',
    timeoutSeconds: GUARD_TIMEOUT_SECONDS,
    reinvocationPolicy: 'Never',
  }
  const configured = configuration('MutatingWebhookConfiguration', webhook)
  return { ...configured, metadata: { name: GUARD_NAME, labels: OWN_LABELS } }
}

/** ValidatingWebhookConfiguration kaito-native, with the webhook validate.kaito.sh. */
export function validatingWebhookConfiguration(registration: Registration): JsonObject {
  const webhook = {
    ...commonWebhook('validate', registration),
    matchConditions: [NOT_BEING_DELETED, ANNOTATED, NOT_AN_EARLIER_JOB],
  }
  return configuration('ValidatingWebhookConfiguration', webhook)
}

/** The writes that can concern us at all: CREATE and UPDATE of every kind of the registry, never their subresources. */
export function workloadRules(): readonly JsonObject[] {
  const groups = Map.groupBy(WORKLOAD_KINDS, kind => `${kind.group}/${kind.version}`)
  return [...groups.values()].map(kinds => ({
    apiGroups: [kinds[0]?.group ?? ''],
    apiVersions: [kinds[0]?.version ?? ''],
    resources: kinds.map(kind => kind.resource),
    operations: ['CREATE', 'UPDATE'],
    scope: 'Namespaced',
  }))
}

/** Never what the cluster or kaito-native itself needs to come up. */
export function namespaceSelector(namespace: string): JsonObject {
  const values = [...new Set(['kube-system', namespace])]
  return { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }] }
}

/** Labels of every object that kaito-native makes for itself. */
export const OWN_LABELS = {
  'app.kubernetes.io/name': 'kaito-native',
  'app.kubernetes.io/managed-by': 'kaito-native',
}

function configuration(
  kind: string,
  webhook: JsonObject & { readonly matchConditions: readonly MatchCondition[] },
): JsonObject {
  const metadata = { name: REGISTRATION_NAME, labels: OWN_LABELS }
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata, webhooks: [webhook] }
}

function commonWebhook(name: WebhookName, registration: Registration): JsonObject {
  return {
    name: `${name}.kaito.sh`,
    clientConfig: clientConfig(`/${name}`, registration),
    rules: workloadRules(),
    matchPolicy: 'Equivalent',
    namespaceSelector: namespaceSelector(registration.namespace),
    objectSelector: {},
    failurePolicy: FAILURE_POLICIES[name],
    sideEffects: 'None',
    timeoutSeconds: WEBHOOK_TIMEOUT_SECONDS,
    admissionReviewVersions: ['v1'],
  }
}

function clientConfig(path: string, { url, namespace, caCertificate }: Registration): JsonObject {
  const caBundle = Buffer.from(caCertificate).toString('base64')
  if (url !== undefined) return { url: url + path, caBundle }
  return { service: { name: REGISTRATION_NAME, namespace, port: 443, path }, caBundle }
}
