// Pipeline: webhooks. The wire format of a request: AdmissionReview admission.k8s.io/v1, text in, Review or BadReview
// out. Pure and total: whatever the text, it never throws.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
import { isObject, objectAt, stringAt, type JsonObject } from '../src/core/api/json.ts'

export const ADMISSION_API_VERSION = 'admission.k8s.io/v1'
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
export type AdmissionOperation = (typeof OPERATIONS)[number]

/** One admission request; group, version and kind are those of the rule that matched (matchPolicy Equivalent). */
export interface Review {
  readonly uid: string
  readonly operation: AdmissionOperation
  readonly group: string
  readonly kind: string
  readonly resource: string
  readonly subResource?: string
  /** Empty where the API server has yet to make it up (generateName). */
  readonly name: string
  readonly namespace: string
  readonly dryRun: boolean
  readonly object?: JsonObject
  readonly oldObject?: JsonObject
}

/** A request that breaks the protocol: answered with 400, the process lives. */
export interface BadReview {
  readonly bad: string
  readonly uid?: string
}

/** A review, or what is wrong with the text and, where it can be read, the UID to answer to. */
export function parseReview(text: string): Review | BadReview {
  const body = parseJson(text)
  if (!isObject(body)) return { bad: 'the body is not a JSON object' }
  const uid = stringAt(objectAt(body, 'request'), 'uid')
  const bad = uid === undefined ? 'request.uid is missing' : protocolError(body)
  if (bad !== undefined || uid === undefined) return { bad: bad ?? '', ...(uid !== undefined && { uid }) }
  return reviewOf(uid, objectAt(body, 'request'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function protocolError(body: JsonObject): string | undefined {
  const request = objectAt(body, 'request')
  const { kind, apiVersion } = body
  if (kind !== 'AdmissionReview') return `kind must be AdmissionReview, not ${shown(kind)}`
  if (apiVersion !== ADMISSION_API_VERSION)
    return `apiVersion must be ${ADMISSION_API_VERSION}, not ${shown(apiVersion)}`
  const operation = operationOf(request)
  if (operation === undefined)
    return `request.operation must be one of ${OPERATIONS.join(', ')}, not ${shown(request['operation'])}`
  if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined
  if (!isObject(request['object'])) return 'request.object is not an object'
  return operation === 'UPDATE' && !isObject(request['oldObject'])
    ? 'request.oldObject is not an object'
    : undefined
}

/** Someone else's value in our message stays short. Lists and objects are only named: deep ones cannot even be written. */
function shown(value: unknown): string {
  if (value === undefined) return 'absent'
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : JSON.stringify(value).slice(0, 60)
}

function operationOf(request: JsonObject): AdmissionOperation | undefined {
  return OPERATIONS.find(operation => operation === request['operation'])
}

function reviewOf(uid: string, request: JsonObject): Review {
  const { object, oldObject } = request
  const subResource = stringAt(request, 'subResource')
  return {
    uid,
    operation: operationOf(request) ?? 'CONNECT',
    group: stringAt(objectAt(request, 'kind'), 'group') ?? '',
    kind: stringAt(objectAt(request, 'kind'), 'kind') ?? '',
    resource: stringAt(objectAt(request, 'resource'), 'resource') ?? '',
    ...(subResource !== undefined && { subResource }),
    name: stringAt(request, 'name') ?? '',
    namespace: stringAt(request, 'namespace') ?? '',
    dryRun: request['dryRun'] === true,
    ...(isObject(object) && { object }),
    ...(isObject(oldObject) && { oldObject }),
  }
}
