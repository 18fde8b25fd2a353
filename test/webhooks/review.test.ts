import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { parseReview } from '../../webhooks/review.ts'
import { makeDeployment, makeRequest, makeReviewText } from './make-review.ts'

const UID = '7f0b8a1e-1c2d-4e5f-8a9b-0c1d2e3f4a5b'

describe('parseReview', () => {
  test('a CREATE as the API server sends it', () => {
    assert.deepEqual(parseReview(makeReviewText()), {
      uid: UID,
      operation: 'CREATE',
      group: 'apps',
      kind: 'Deployment',
      resource: 'deployments',
      name: 'phi-4-mini',
      namespace: 'default',
      dryRun: false,
      object: makeDeployment(),
    })
  })

  test('an UPDATE brings both objects, a dry run says so', () => {
    const review = parseReview(
      makeReviewText({ operation: 'UPDATE', oldObject: makeDeployment({}), dryRun: true }),
    )
    assert.ok(!('bad' in review))
    assert.deepEqual(
      [review.operation, review.dryRun, review.oldObject],
      ['UPDATE', true, makeDeployment({})],
    )
  })

  test('a DELETE has no object and is no protocol error', () => {
    const review = parseReview(
      makeReviewText({ operation: 'DELETE', object: null, oldObject: makeDeployment() }),
    )
    assert.ok(!('bad' in review))
    assert.equal(review.object, undefined)
  })

  const bad: readonly { name: string; text: string; want: { bad: RegExp; uid: string | undefined } }[] = [
    { name: 'nothing', text: '', want: { bad: /not a JSON object/, uid: undefined } },
    {
      name: 'half a body',
      text: makeReviewText().slice(0, 100),
      want: { bad: /not a JSON object/, uid: undefined },
    },
    { name: 'a list', text: '[]', want: { bad: /not a JSON object/, uid: undefined } },
    {
      name: 'another object',
      text: JSON.stringify(makeDeployment()),
      want: { bad: /request\.uid is missing/, uid: undefined },
    },
    {
      name: 'no kind',
      text: JSON.stringify({ request: makeRequest() }),
      want: { bad: /kind must be AdmissionReview, not absent/, uid: UID },
    },
    {
      name: 'an old version',
      text: makeReviewText().replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
      want: { bad: /apiVersion must be admission\.k8s\.io\/v1, not "admission\.k8s\.io\/v1beta1"/, uid: UID },
    },
    {
      name: 'an unknown operation',
      text: makeReviewText({ operation: 'EXPLODE' }),
      want: {
        bad: /request\.operation must be one of CREATE, UPDATE, DELETE, CONNECT, not "EXPLODE"/,
        uid: UID,
      },
    },
    {
      name: 'no object',
      text: makeReviewText({ object: null }),
      want: { bad: /request\.object is not an object/, uid: UID },
    },
    {
      name: 'an UPDATE of nothing',
      text: makeReviewText({ operation: 'UPDATE' }),
      want: { bad: /request\.oldObject is not an object/, uid: UID },
    },
  ]
  for (const { name, text, want } of bad) {
    test(`${name} is a bad review`, () => {
      const review = parseReview(text)
      assert.ok('bad' in review)
      assert.match(review.bad, want.bad)
      assert.equal(review.uid, want.uid)
    })
  }

  test('a value too deep to be written out is a bad review in every field that is named', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    const uid = `"uid":"${UID}"`
    const version = '"apiVersion":"admission.k8s.io/v1"'
    const texts = [
      `{"kind":${deep},"request":{${uid}}}`,
      `{"kind":"AdmissionReview","apiVersion":${deep},"request":{${uid}}}`,
      `{"kind":"AdmissionReview",${version},"request":{${uid},"operation":{"a":${deep}}}}`,
    ]
    const reviews = texts.map(text => parseReview(text))
    assert.deepEqual(
      reviews.map(review => ('bad' in review ? (/, not .*$/.exec(review.bad) ?? [])[0] : review)),
      [', not a list', ', not a list', ', not an object'],
    )
  })

  test('never throws, whatever the text', () => {
    const json = fc.record({
      kind: fc.constant('AdmissionReview'),
      apiVersion: fc.string(),
      request: fc.jsonValue(),
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          json.map(value => JSON.stringify(value)),
        ),
        text => {
          const review = parseReview(text)
          return 'bad' in review ? review.bad !== '' : review.uid !== ''
        },
      ),
    )
  })
})
