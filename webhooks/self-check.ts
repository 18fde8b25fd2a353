// Pipeline: webhooks. Does admission really work? One HTTPS request to our own /mutate, through the certificate that the
// API server will check, with a workload that must come back untouched.
import { Agent, request } from 'node:https'
import { isObject, objectAt } from '../src/core/api/json.ts'
import { ADMISSION_API_VERSION, type Review } from './review.ts'

/** Marks the probe's own reviews, which are not counted as admission requests. */
export const SELF_CHECK_UID = 'kaito-native-self-check'
/** The workload of which the API server is asked a dry run, to see that it calls us; not counted either. */
export const PROBE_WORKLOAD = 'kaito-native-readiness-probe'

/** True for a review that readiness has asked for. */
export function isSelfCheck({ uid, dryRun, name }: Pick<Review, 'uid' | 'dryRun' | 'name'>): boolean {
  return uid === SELF_CHECK_UID || (dryRun && name === PROBE_WORKLOAD)
}

export interface SelfCheckTarget {
  readonly host: string
  readonly port: number
  /** A name in the certificate. */
  readonly serverName: string
  /** PEM of the authority that the webhook configurations name. */
  readonly caCertificate: string
}

const TIMEOUT_MS = 2_000

const REVIEW = JSON.stringify({
  apiVersion: ADMISSION_API_VERSION,
  kind: 'AdmissionReview',
  request: {
    uid: SELF_CHECK_UID,
    operation: 'CREATE',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: SELF_CHECK_UID } },
  },
})

/** Resolves to what is wrong, or to undefined when a review went through. */
export async function selfCheck(target: SelfCheckTarget): Promise<string | undefined> {
  try {
    const { status, text } = await post(target)
    if (status !== 200) return `the webhook server answered its self-check with HTTP ${status}`
    return isUntouched(text)
      ? undefined
      : 'the webhook server did not leave a workload without annotations alone'
  } catch (error) {
    return `the webhook server does not answer its self-check: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** A new connection each time: a handshake with the current certificate is part of what is checked. */
function post(target: SelfCheckTarget): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const sent = request({
    host: target.host,
    port: target.port,
    servername: target.serverName,
    ca: target.caCertificate,
    path: '/mutate',
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(REVIEW) },
    agent: new Agent({ keepAlive: false }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  sent.on('error', reject)
  sent.on('response', response => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
    )
    response.on('error', reject)
  })
  sent.end(REVIEW)
  return promise
}

function isUntouched(text: string): boolean {
  const review: unknown = JSON.parse(text)
  const response = isObject(review) ? objectAt(review, 'response') : {}
  return response['uid'] === SELF_CHECK_UID && response['allowed'] === true && response['patch'] === undefined
}
