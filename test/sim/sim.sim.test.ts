// A thousand disasters break no invariant. `npm run sim -- --seed SEED --shrink` tells the story of one that does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadControllerCode } from './controller/code.ts'
import { makeScenario } from './scenario/scenario.ts'
import { findViolation, simulate } from './simulation.ts'

const SEEDS = 1000

test(`${SEEDS} seeds break no invariant`, async () => {
  const found = await findViolation(SEEDS, await loadControllerCode())
  assert.deepEqual([found?.seed, found?.violation], [undefined, undefined])
})

test('the same seed is the same story', async () => {
  const code = await loadControllerCode()
  const one = await simulate(makeScenario(0), code, true)
  const other = await simulate(makeScenario(0), code, true)
  assert.ok(one.trace.length > 100)
  assert.deepEqual(other.trace, one.trace)
})
