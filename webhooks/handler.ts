// Pipeline: webhooks. One admission request: head, body, one pure decision, one write. Nothing else is awaited, but for news of
// a namespace that was made a moment ago.
// What happens when no answer arrives is the API server's part, by failurePolicy (a test compares the configuration):
//   mutate    Ignore (fail-open)    an un-injected workload then meets validate, and the policy of admission-policy.ts
//   validate  Fail (fail-closed)    nothing half-injected gets in; only annotated workloads are ever sent here
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdmissionInput, Decision, PolicyViolation } from '../src/core/api/decision.ts'
import { collectBody } from './body.ts'
import { EXPIRED, hasExpired, refuseHead, TOO_LARGE, type Refusal } from './protocol.ts'
import { renderBadReview, renderDecision, renderStatus, renderUntouched } from './response.ts'
import { parseReview, type Review } from './review.ts'
import { isSelfCheck } from './self-check.ts'

export const FAILURE_POLICIES = { mutate: 'Ignore', validate: 'Fail' } as const
export type WebhookName = keyof typeof FAILURE_POLICIES

/** The pure core behind a webhook. */
export type DecideReview = (input: AdmissionInput) => Decision

/** What the review needs is not known yet; undefined, as nearly always: it is. Never rejects. */
export type UntilDecidable = (review: Review) => Promise<void> | undefined

/** What became of a request: the Decision's own word, or why there is none. */
export type Outcome = Decision['decision'] | 'BadReview' | 'Expired' | 'Error'

export interface AdmissionAnswer {
  readonly webhook: WebhookName
  /** Empty where the review could not be read. */
  readonly kind: string
  readonly operation: string
  readonly outcome: Outcome
  readonly durationMs: number
  /** Once for a write that both webhooks see: with its refusal, or with the last word on it. */
  readonly violations?: readonly PolicyViolation[]
}

/** Told what happened; must be cheap and must not throw. */
export interface AdmissionObserver {
  answered(answer: AdmissionAnswer): void
  /** The core threw: a bug of ours, never a user's mistake. */
  failed(failure: { readonly webhook: WebhookName; readonly uid: string; readonly error: unknown }): void
}

export interface Answer extends Refusal {
  readonly outcome: Outcome
  readonly review?: Review
  readonly error?: unknown
  readonly violations?: readonly PolicyViolation[]
}

/** The listener behind one webhook's path. */
export function createAdmissionHandler(
  webhook: WebhookName,
  decide: DecideReview,
  observer: AdmissionObserver,
  untilDecidable: UntilDecidable = () => undefined,
) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const arrivedMs = performance.now()
    const finish = (answer: Answer): void => {
      send(response, answer)
      observe(webhook, answer, performance.now() - arrivedMs, observer)
    }
    const refused = refuseHead(request)
    if (refused !== undefined) finish({ ...refused, outcome: 'BadReview' })
    else
      collectBody(request, body => {
        if (body === 'Aborted') return
        const review = reviewIn(request, body, performance.now() - arrivedMs)
        if ('status' in review) {
          finish(review)
          return
        }
        const waiting = untilDecidable(review)
        if (waiting === undefined) finish(answerUnlessBug(review, decide))
        else void waiting.then(() => finish(answerUnlessBug(review, decide)))
      })
  }
}

/** The review, or the answer that it deserves before anybody decides. */
function reviewIn(request: IncomingMessage, body: Buffer | 'TooLarge', elapsedMs: number): Review | Answer {
  if (body === 'TooLarge') return { ...TOO_LARGE, outcome: 'BadReview' }
  if (hasExpired(request, elapsedMs)) return { ...EXPIRED, outcome: 'Expired' }
  try {
    const review = parseReview(body.toString('utf8'))
    if (!('bad' in review)) return review
    return { status: 400, text: renderBadReview(review.bad, review.uid), outcome: 'BadReview' }
  } catch (error) {
    return bugAnswer(error)
  }
}

/** The answer to a review; 500, with what was thrown, where that is a bug. */
export function answerUnlessBug(review: Review, decide: DecideReview): Answer {
  try {
    return answerReview(review, decide)
  } catch (error) {
    return { ...bugAnswer(error, review.uid), review }
  }
}

/** The process lives, whatever was sent to it. */
function bugAnswer(error: unknown, uid?: string): Answer {
  const message = `internal error while reviewing request ${uid ?? 'of an unknown UID'}; its log has the stack`
  return { status: 500, text: renderStatus(500, message, uid), outcome: 'Error', error }
}

function answerReview(review: Review, decide: DecideReview): Answer {
  const input = admissionInput(review)
  if (input === undefined) return { status: 200, text: renderUntouched(review), outcome: 'Skip', review }
  const decision = decide(input)
  const { decision: outcome, violations = [] } = decision
  return { status: 200, text: renderDecision(review, decision), outcome, review, violations }
}

/** What the core sees; nothing where the request is not a write of the object itself. */
function admissionInput({ operation, subResource, object, oldObject }: Review): AdmissionInput | undefined {
  if (object === undefined || subResource !== undefined) return undefined
  if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined
  return { operation, object, ...(oldObject !== undefined && { oldObject }) }
}

/** Head and body leave in one write: a string is joined to the head by node:http, a Buffer is not. All texts are ASCII. */
function send(response: ServerResponse, { status, text, headers }: Answer): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': text.length,
    ...headers,
  })
  response.end(text, 'latin1')
}

/** Readiness' own reviews are no admission requests of anybody. */
function observe(
  webhook: WebhookName,
  answer: Answer,
  durationMs: number,
  observer: AdmissionObserver,
): void {
  const { review, outcome, error, violations = [] } = answer
  if (outcome === 'Error') observer.failed({ webhook, uid: review?.uid ?? '', error })
  if (review !== undefined && isSelfCheck(review)) return
  observer.answered({
    webhook,
    kind: review?.kind ?? '',
    operation: review?.operation ?? '',
    outcome,
    durationMs,
    ...(violations.length > 0 && (outcome === 'Deny' || webhook === 'validate') && { violations }),
  })
}
