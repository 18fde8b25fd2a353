import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  isTransient,
  translateFailure,
  translateResponse,
} from '../../src/kube/errors.ts'

const PREDICATES = { isTransient, isConflict, isGone, isNotFound, isForbidden }

/** The names of the predicates that hold. */
function holding(error: unknown): string[] {
  return Object.entries(PREDICATES)
    .filter(([, holds]) => holds(error))
    .map(([name]) => name)
}

describe('translateResponse', () => {
  const table: readonly { status: number; want: string[] }[] = [
    { status: 400, want: [] },
    { status: 401, want: ['isForbidden'] },
    { status: 403, want: ['isForbidden'] },
    { status: 404, want: ['isNotFound'] },
    { status: 409, want: ['isConflict'] },
    { status: 410, want: ['isGone'] },
    { status: 422, want: [] },
    { status: 429, want: ['isTransient'] },
    { status: 500, want: ['isTransient'] },
    { status: 503, want: ['isTransient'] },
    { status: 504, want: ['isTransient'] },
  ]
  for (const { status, want } of table) {
    test(`${status}: ${want.join(', ') || 'none of them'}`, () => {
      assert.deepEqual(holding(translateResponse('GET /x', { status, body: '' })), want)
    })
  }

  test('says what was asked and what the API server said', () => {
    const body = JSON.stringify({ kind: 'Status', message: 'nodes "a" not found', reason: 'NotFound' })
    const error = translateResponse('GET /api/v1/nodes/a', { status: 404, body })
    assert.equal(error.message, 'GET /api/v1/nodes/a: nodes "a" not found')
    assert.ok(isNotFound(error) && error.reason === 'NotFound')
    assert.equal(translateResponse('GET /x', { status: 502, body: '<html>' }).message, 'GET /x: HTTP 502')
  })

  test('knows how long to wait', () => {
    const details = JSON.stringify({ details: { retryAfterSeconds: 3 } })
    const waits = [
      { response: { status: 429, body: '', retryAfter: '2' }, want: 2000 },
      { response: { status: 504, body: details }, want: 3000 },
      { response: { status: 429, body: '', retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }, want: undefined },
      { response: { status: 503, body: '' }, want: undefined },
    ]
    for (const { response, want } of waits) {
      const error = translateResponse('GET /x', response)
      assert.ok(isTransient(error))
      assert.equal(error.retryAfterMs, want)
    }
  })
})

test('no answer at all is transient, and keeps its cause', () => {
  const cause = new AggregateError(
    [new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')],
    '',
  )
  const error = translateFailure('GET /x', cause)
  assert.deepEqual(holding(error), ['isTransient'])
  assert.equal(error.message, 'GET /x: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1')
  assert.equal(error.cause, cause)
})

test('an error from elsewhere is none of these', () => {
  assert.deepEqual(holding(new TypeError('a bug')), [])
})
