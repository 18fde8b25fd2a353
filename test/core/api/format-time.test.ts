// Durations in messages are written as people write them in annotations and policies.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shortDuration } from '../../../src/core/api/format-time.ts'

const CASES: readonly (readonly [milliseconds: number, text: string])[] = [
  [0, '0s'],
  [90, '90ms'],
  [1_500, '1s500ms'],
  [600_000, '10m'],
  [570_000, '9m30s'],
  [3_600_000, '1h'],
  [90 * 60_000, '1h30m'],
]

for (const [milliseconds, text] of CASES)
  it(`${milliseconds} ms is ${text}`, () => assert.equal(shortDuration(milliseconds), text))
