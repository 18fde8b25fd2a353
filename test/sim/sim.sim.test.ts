// A thousand disasters, and the proof that they would be noticed: every mistake of mutations.ts is found within them.
// `npm run sim -- --seed SEED --shrink` tells the story of a seed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadControllerCode } from './controller/code.ts'
import type { ControllerCode } from './controller/process.ts'
import { makeMutant, MUTATIONS } from './mutations.ts'
import { makeScenario } from './scenario/scenario.ts'
import { simulate, type Outcome } from './simulation.ts'

const SEEDS = 1000

async function firstViolation(code: ControllerCode): Promise<Outcome | undefined> {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const outcome = await simulate(makeScenario(seed), code)
    if (outcome.violation !== undefined) return outcome
  }
  return undefined
}

test(`${SEEDS} seeds break no invariant`, async () => {
  const found = await firstViolation(await loadControllerCode())
  assert.deepEqual([found?.seed, found?.violation], [undefined, undefined])
})

test('the same seed is the same story', async () => {
  const code = await loadControllerCode()
  const [one, other] = [
    await simulate(makeScenario(0), code, true),
    await simulate(makeScenario(0), code, true),
  ]
  assert.ok(one.trace.length > 100)
  assert.deepEqual(other.trace, one.trace)
})

describe(`mistakes that are found within ${SEEDS} seeds`, () => {
  for (const mutation of MUTATIONS)
    test(mutation.name, async () => {
      using mutant = await makeMutant(mutation)
      assert.notEqual(await firstViolation(mutant.code), undefined)
    })
})
