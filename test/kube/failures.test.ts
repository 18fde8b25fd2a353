import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FailureKind } from '../../src/core/ports.ts'
import {
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  translateFailure,
  translateResponse,
} from '../../src/kube/errors.ts'
import { FAILURES } from '../../src/kube/failures.ts'

function answered(status: number, body: object = {}, retryAfter?: string): Error {
  const response = { status, body: JSON.stringify(body), ...(retryAfter !== undefined && { retryAfter }) }
  return translateResponse('PATCH /x', response)
}

const TOO_LARGE = { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }
const BAD_FIELD = { reason: 'Invalid', details: { causes: [{ field: 'spec' }] } }

describe('classify', () => {
  const table: readonly { name: string; error: unknown; want: FailureKind }[] = [
    { name: 'no answer', error: translateFailure('GET /x', new Error('away')), want: 'transient' },
    { name: 'too many requests', error: answered(429), want: 'transient' },
    {
      name: 'a budget that allows no eviction',
      error: answered(429, { details: { causes: [{ reason: 'DisruptionBudget' }] } }),
      want: 'disruption-budget',
    },
    { name: 'a time-out', error: answered(504, { reason: 'Timeout' }), want: 'transient' },
    { name: 'changed', error: answered(409, { reason: 'Conflict' }), want: 'conflict' },
    {
      name: 'a patch that does not apply',
      error: answered(422, { reason: 'Invalid', details: {} }),
      want: 'conflict',
    },
    { name: 'expired', error: answered(410), want: 'conflict' },
    { name: 'there already', error: answered(409, { reason: 'AlreadyExists' }), want: 'already-exists' },
    { name: 'not there', error: answered(404), want: 'not-found' },
    { name: 'invalid', error: answered(422, BAD_FIELD), want: 'refused' },
    { name: 'denied by a webhook', error: answered(422, { reason: 'Invalid' }), want: 'refused' },
    { name: 'forbidden', error: answered(403, { reason: 'Forbidden' }), want: 'refused' },
    { name: 'a bug', error: new TypeError('a bug'), want: 'bug' },
    { name: 'not even an Error', error: 'oops', want: 'bug' },
  ]
  for (const { name, error, want } of table) {
    test(`${name}: ${want}`, () => assert.equal(FAILURES.classify(error).kind, want))
  }

  test('passes on what was said, and how long to wait', () => {
    const body = { message: 'budget', details: { retryAfterSeconds: 10 } }
    assert.deepEqual(FAILURES.classify(answered(429, body)), {
      kind: 'transient',
      message: 'PATCH /x: budget',
      retryAfterMs: 10_000,
    })
    const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 2 healthy pods.' }]
    assert.deepEqual(FAILURES.classify(answered(429, { message: 'Cannot evict.', details: { causes } })), {
      kind: 'disruption-budget',
      message: 'PATCH /x: Cannot evict. The disruption budget b needs 2 healthy pods.',
    })
    assert.deepEqual(FAILURES.classify(answered(404)), { kind: 'not-found', message: 'PATCH /x: HTTP 404' })
  })
})

test('a resourceVersion that the API server does not know yet is as good as one that it has forgotten', () => {
  assert.ok(isGone(answered(504, TOO_LARGE)))
})

test('a name that is taken is a conflict, but not every conflict is a name that is taken', () => {
  const taken = answered(409, { reason: 'AlreadyExists' })
  assert.deepEqual([isAlreadyExists(taken), isConflict(taken)], [true, true])
  assert.ok(!isAlreadyExists(answered(409, { reason: 'Conflict' })))
})

test('a patch that does not apply is not an invalid object', () => {
  assert.ok(!isInvalid(answered(422, { reason: 'Invalid', details: {} })))
  assert.ok(isInvalid(answered(422, BAD_FIELD)))
})
