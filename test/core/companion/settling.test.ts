import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settlingMs } from '../../../src/core/companion/settling.ts'

const NOW = 1_000_000

describe('settlingMs', () => {
  const table: readonly (readonly [name: string, createdAgoMs: number, seenAgoMs: number, want: number])[] = [
    ['just made', 0, 0, 3000],
    ['made a second ago, seen now', 1000, 0, 2000],
    ['made long ago, seen now: after a change of leader', 60_000, 0, 0],
    ['exactly old enough', 3000, 3000, 0],
    ['made in our future, seen now', -60_000, 0, 3000],
    ['made in our future, seen a while ago', -60_000, 2500, 500],
    ['made in our future, seen long ago', -60_000, 5000, 0],
  ]
  for (const [name, createdAgoMs, seenAgoMs, want] of table)
    it(name, () => assert.equal(settlingMs({ createdAtMs: NOW - createdAgoMs }, NOW - seenAgoMs, NOW), want))
})
