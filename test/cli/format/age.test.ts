// Ages, as kubectl prints the same ones.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatAge } from '../../../src/cli/format/age.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('formatAge', () => {
  // The table of k8s.io/apimachinery/pkg/util/duration/duration_test.go.
  const table: readonly (readonly [age: number, want: string])[] = [
    [SECOND, '1s'],
    [70 * SECOND, '70s'],
    [190 * SECOND, '3m10s'],
    [70 * MINUTE, '70m'],
    [47 * HOUR, '47h'],
    [49 * HOUR, '2d1h'],
    [8 * DAY + 2 * HOUR, '8d'],
    [367 * DAY, '367d'],
    [(365 * 2 + 25) * DAY, '2y25d'],
    [(365 * 8 + 2) * DAY, '8y'],
    [3 * MINUTE, '3m'],
    [4 * HOUR + 20 * MINUTE, '4h20m'],
    [2 * DAY, '2d'],
    [0, '0s'],
    [-5 * SECOND, '0s'],
  ]
  for (const [age, want] of table) it(want, () => assert.equal(formatAge(age), want))
})
