// Nodes that are given back and asked for again all the time, by controllers that die in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadControllerCode } from './controller/code.ts'
import { makeMutant, type Mutation } from './mutations.ts'
import { makeRestlessScenario } from './scenario/restless.ts'
import { findViolation } from './simulation.ts'

const SEEDS = 40

test(`${SEEDS} restless seeds break no invariant`, async () => {
  const found = await findViolation(SEEDS, await loadControllerCode(), makeRestlessScenario)
  assert.deepEqual([found?.seed, found?.violation], [undefined, undefined])
})

const MISTAKES: readonly Mutation[] = [
  {
    name: 'what is going counts as gone',
    file: 'controller/in-flight.ts',
    from: '{ ...claim, isGoing: true }',
    to: '{ ...claim, deletedAtMs: claim.createdAtMs }',
  },
  {
    name: 'every workload buys for itself',
    file: 'core/claim/place-in-new-claims.ts',
    from: 'made.push(...slotOf(planning, shape, packed))',
    to: 'void [made, slotOf]',
  },
]

for (const mistake of MISTAKES)
  test(`${mistake.name}: something is bought twice, and that is seen`, async () => {
    using mutant = await makeMutant(mistake)
    const found = await findViolation(SEEDS, mutant.code, makeRestlessScenario)
    assert.equal(found?.violation?.invariant, 'never two claims for one need')
  })
