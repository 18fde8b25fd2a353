// A small run of the fuzzer (npm run fuzz has the large one), and the same reviews through a real HTTPS server.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CONTEXT } from '../core/admit/admission.ts'
import { fuzz } from './fuzz.ts'
import { fuzzHttps } from './https.ts'
import { randomOf } from './make-json.ts'
import { reviewOf } from './review-cases.ts'

const RUNS = 5000
const HTTPS_RUNS = 500
const SEED = 20_261_128
/** One review may take this long on a busy machine; the API server waits for three seconds. */
const SLOWEST_MS = 1000

function texts(seed: number): readonly string[] {
  return Array.from({ length: 20 }, (_, index) => reviewOf(randomOf(seed, index), CONTEXT))
}

describe('fuzzing', () => {
  for (const { subject, runs, passed, slowest } of fuzz(RUNS, SEED, CONTEXT))
    it(`${subject}: no exception, none is slow, a fifth passes the parser`, () => {
      assert.ok(passed >= 0.2 * runs, `${passed} of ${runs}`)
      assert.ok(passed < runs, 'some are refused')
      assert.ok(slowest.ms < SLOWEST_MS, `case ${slowest.index}: ${slowest.ms} ms`)
    })

  it('the same seed gives the same cases', () => {
    assert.deepEqual(texts(1), texts(1))
    assert.notDeepEqual(texts(1), texts(2))
  })

  it('reviews by HTTPS: every answer is one of the protocol', async () => {
    const statuses = await fuzzHttps(HTTPS_RUNS, SEED, CONTEXT)
    assert.ok((statuses.get(200) ?? 0) > HTTPS_RUNS / 2, JSON.stringify([...statuses]))
  })
})
