// What the webhooks do about policies besides deciding: wait for what a decision needs, and tell of violations once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyViolation } from '../../src/core/api/decision.ts'
import { makeDenied, makePlanned } from './decisions.ts'
import { makeReviewText } from './make-review.ts'
import { makeServer, send } from './make-server.ts'

const VIOLATION: PolicyViolation = {
  type: 'Forbidden',
  field: 'spec',
  detail: 'no',
  code: 'PresetNotAllowed',
  policy: 'team-a',
  rule: 'presets',
  enforcement: 'Audit',
}

test('a review waits for its namespace, others do not wait for it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const decided: string[] = []
  await using server = await makeServer({
    decide({ object }) {
      decided.push(JSON.stringify(object['metadata']).includes('young') ? 'young' : 'known')
      return makePlanned()
    },
    untilDecidable: ({ namespace }) => (namespace === 'young' ? promise : undefined),
  })
  const young = send(server, {
    body: makeReviewText({ namespace: 'young', object: { metadata: { name: 'young' } } }),
  })
  assert.equal((await send(server, { body: makeReviewText() })).status, 200)
  assert.deepEqual(decided, ['known'])
  resolve()
  assert.equal((await young).status, 200)
  assert.deepEqual(decided, ['known', 'young'])
})

test('violations are told once: with a refusal, else by the webhook that has the last word', async () => {
  await using server = await makeServer({
    decide: ({ operation }) => ({
      ...(operation === 'CREATE' ? makePlanned() : makeDenied([VIOLATION], 403)),
      violations: [VIOLATION],
    }),
  })
  const body = makeReviewText()
  await send(server, { body, path: '/mutate' })
  await send(server, { body, path: '/validate' })
  await send(server, { body: makeReviewText({ operation: 'UPDATE', oldObject: {} }), path: '/mutate' })
  assert.deepEqual(
    server.answers.map(({ webhook, outcome, violations = [] }) => [webhook, outcome, violations.length]),
    [
      ['mutate', 'Plan', 0],
      ['validate', 'Plan', 1],
      ['mutate', 'Deny', 1],
    ],
  )
})
