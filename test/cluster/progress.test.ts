import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { showProgress } from './progress.ts'

const written = (isTTY: boolean, forMs: number): string => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 0 })
  const texts: string[] = []
  const progress = showProgress('building it', { isTTY, write: (text: string) => texts.push(text) })
  // The mocked clock stands still within one tick.
  for (let ms = 0; ms < forMs; ms += 500) mock.timers.tick(500)
  progress[Symbol.dispose]()
  mock.timers.tick(forMs)
  mock.timers.reset()
  return texts.join('')
}

test('without a terminal progress is a plain line every ten seconds', () => {
  assert.equal(written(false, 25_000), 'building it: 0 s\nbuilding it: 10 s\nbuilding it: 20 s\n')
})

test('on a terminal progress is one line, rewritten every second', () => {
  assert.equal(written(true, 2_500), '\rbuilding it: 0 s\rbuilding it: 1 s\rbuilding it: 2 s\n')
})
