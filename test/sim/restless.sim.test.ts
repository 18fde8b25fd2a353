// Nodes that are given back and asked for again all the time, by controllers that die in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadControllerCode } from './controller/code.ts'
import { makeMutant } from './mutations.ts'
import { makeRestlessScenario } from './scenario/restless.ts'
import { findViolation } from './simulation.ts'

const SEEDS = 60

test(`${SEEDS} restless seeds break no invariant`, async () => {
  const found = await findViolation(SEEDS, await loadControllerCode(), makeRestlessScenario)
  assert.deepEqual([found?.seed, found?.violation], [undefined, undefined])
})

test('a claim that counts as gone while its deletion is on its way is bought a second time, and that is seen', async () => {
  using mutant = await makeMutant({
    name: 'what is going counts as gone',
    file: 'controller/in-flight.ts',
    from: '{ ...claim, isGoing: true }',
    to: '{ ...claim, deletedAtMs: claim.createdAtMs }',
  })
  const found = await findViolation(SEEDS, mutant.code, makeRestlessScenario)
  assert.equal(found?.violation?.invariant, 'never two claims for one need')
})
