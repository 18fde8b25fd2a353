// Pipeline: webhooks. The wire format of an answer: Decision in, AdmissionReview admission.k8s.io/v1 out, all ASCII. Pure.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
import type { Decision, PolicyViolation } from '../src/core/api/decision.ts'
import type { JsonObject } from '../src/core/api/json.ts'
import type { Plan } from '../src/core/api/plan.ts'
import { denialStatus } from './denial.ts'
import { ADMISSION_API_VERSION, type Review } from './review.ts'
import { cleanWarning } from './warnings.ts'

/** The answer to a review that was decided. */
export function renderDecision(review: Review, decision: Decision): string {
  const warnings = decision.warnings.map(cleanWarning)
  const response = {
    uid: review.uid,
    ...verdict(review, decision),
    ...(warnings.length > 0 && { warnings }),
    auditAnnotations: auditAnnotations(decision),
  }
  return renderResponse(response, patchOf(decision))
}

/** The answer to a review that is none of ours: allowed as it is. */
export function renderUntouched(review: Review): string {
  return renderResponse({ uid: review.uid, allowed: true })
}

/** The answer to a request that breaks the protocol, in the protocol's own form. */
export function renderBadReview(message: string, uid = ''): string {
  const text = `kaito-native: ${message}`
  return renderResponse({
    uid,
    allowed: false,
    status: { status: 'Failure', code: 400, reason: 'BadRequest', message: text },
  })
}

/** What went wrong outside of the protocol, as the Status that every Kubernetes client can read. */
export function renderStatus(code: number, message: string, uid?: string): string {
  const details = uid === undefined ? {} : { details: { uid } }
  return toAsciiJson({
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    code,
    message: `kaito-native: ${message}`,
    ...details,
  })
}

/**
 * No operations, no patch: an empty one would still cost the API server a decode and an encode. The patch, most of the
 * answer, is put in as text, because base64 has nothing that JSON.stringify would have to look for.
 */
function renderResponse(response: JsonObject, patch?: string): string {
  const text = toAsciiJson({ apiVersion: ADMISSION_API_VERSION, kind: 'AdmissionReview', response })
  if (patch === undefined) return text
  return `${text.slice(0, -'}}'.length)},"patchType":"JSONPatch","patch":"${patch}"}}`
}

/** Of such a text the characters are the bytes: nobody has to count them, and Node writes them as they are. */
function toAsciiJson(value: JsonObject): string {
  return JSON.stringify(value).replaceAll(/[\u0080-\uffff]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}

/** In base64. */
function patchOf(decision: Decision): string | undefined {
  if (decision.decision === 'Deny') return undefined
  const ready = decision.decision === 'Plan' ? decision.ready : undefined
  if (ready !== undefined) return ready.patchBase64
  if (decision.operations.length === 0) return undefined
  return Buffer.from(JSON.stringify(decision.operations)).toString('base64')
}

function verdict(review: Review, decision: Decision): JsonObject {
  return decision.decision === 'Deny'
    ? { allowed: false, status: denialStatus(decision, review) }
    : { allowed: true }
}

/** The API server puts the webhook's name before each key. */
function auditAnnotations(decision: Decision): JsonObject {
  const codes = new Set(decision.reasons.map(reason => reason.code))
  const { violations = [] } = decision
  return {
    decision: decision.decision,
    ...(codes.size > 0 && { reasons: [...codes].join(',') }),
    ...(violations.length > 0 && { 'policy-violations': violationsText(violations) }),
    ...(decision.decision === 'Plan' && ofPlan(decision.ready ?? decision.plan)),
  }
}

function ofPlan({ preset, instanceTypes }: Pick<Plan, 'preset' | 'instanceTypes'>): JsonObject {
  return { preset, 'instance-type': instanceTypes.join(',') }
}

/** `team-a/presets Deny, team-b/limits.gpus Audit`: what a policy with enforcement Audit is for. */
function violationsText(violations: readonly PolicyViolation[]): string {
  const texts = violations.map(({ policy, rule, enforcement }) => `${policy}/${rule} ${enforcement}`)
  return [...new Set(texts)].join(', ')
}
