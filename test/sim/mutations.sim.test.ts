// The simulator can fail: every mistake of mutations.ts is found within a thousand seeds.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeMutant, MUTATIONS } from './mutations.ts'
import { findViolation } from './simulation.ts'

const SEEDS = 1000

describe(`mistakes that are found within ${SEEDS} seeds`, () => {
  for (const mutation of MUTATIONS)
    test(mutation.name, async () => {
      using mutant = await makeMutant(mutation)
      const found = await findViolation(SEEDS, mutant.code)
      // A mutant that does not even run says nothing about the simulator.
      assert.ok(
        found?.violation !== undefined && found.violation.invariant !== 'no bug',
        found?.violation?.message,
      )
    })
})
