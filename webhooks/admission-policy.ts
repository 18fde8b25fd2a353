// Pipeline: webhooks. The API server's own word when kaito-native is down: a ValidatingAdmissionPolicy, evaluated inside
// the API server and before any validating webhook. A workload that asks for a preset and reaches validation without a plan was
// not seen by mutate.kaito.sh (fail-open); "failed calling webhook" would not tell its owner whom to ask. Fail-closed.
// https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
import type { JsonObject } from '../src/core/api/json.ts'
import {
  namespaceSelector,
  OWN_LABELS,
  REGISTRATION_NAME,
  workloadRules,
  type Registration,
} from './configuration.ts'
import { NOT_AN_EARLIER_JOB, NOT_BEING_DELETED, OPTED_IN, PLANNED_EXPRESSION } from './conditions.ts'

const API_VERSION = 'admissionregistration.k8s.io/v1'
const METADATA = { name: REGISTRATION_NAME, labels: OWN_LABELS }

/** ValidatingAdmissionPolicy kaito-native: an opted-in workload carries a plan. */
export function admissionPolicy(registration: Registration): JsonObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: METADATA,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: namespaceSelector(registration.namespace),
        objectSelector: {},
        resourceRules: workloadRules(),
      },
      matchConditions: [NOT_BEING_DELETED, OPTED_IN, NOT_AN_EARLIER_JOB],
      validations: [
        { expression: PLANNED_EXPRESSION, reason: 'Forbidden', message: missingPlanMessage(registration) },
      ],
    },
  }
}

/** ValidatingAdmissionPolicyBinding kaito-native: the policy denies, everywhere. */
export function admissionPolicyBinding(): JsonObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: METADATA,
    spec: { policyName: REGISTRATION_NAME, validationActions: ['Deny'] },
  }
}

/** Action, value, expectation, remedy. */
function missingPlanMessage({ namespace, url }: Registration): string {
  const where = url ?? `deployment ${REGISTRATION_NAME} in namespace ${namespace}`
  const remedy =
    url === undefined
      ? `is running (kubectl -n ${namespace} rollout status deployment/${REGISTRATION_NAME})`
      : 'answers (kaito-native serve runs there)'
  return (
    `kaito-native did not complete this workload: its webhook mutate.kaito.sh could not be reached or failed. ` +
    `Try again when ${where} ${remedy}, or take the annotation kaito.sh/preset away`
  )
}
