import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createWorkQueue, type Task, type WorkQueueOptions } from '../../src/controller/work-queue.ts'
import type { Failure } from '../../src/core/ports.ts'
import { makeClock } from './manual-clock.ts'

class Refused extends Error {
  readonly failure: Failure
  constructor(failure: Partial<Failure>) {
    super('refused')
    this.failure = { kind: 'transient', message: 'refused', ...failure }
  }
}

/** A queue, and tasks that end when the test says so. */
function makeQueue(options: Partial<WorkQueueOptions> = {}) {
  const clock = makeClock()
  const running: string[] = []
  const done: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const queue = createWorkQueue({
    clock,
    classify: error => (error instanceof Refused ? error.failure : { kind: 'bug', message: String(error) }),
    onDone: ({ key }, failure) => done.push(`${key} ${failure?.kind ?? 'done'}`),
    ...options,
  })
  const task = (key: string): Task => ({
    key,
    type: 'test',
    subject: key,
    run() {
      running.push(key)
      const end = Promise.withResolvers<void>()
      ends.set(key, end)
      return end.promise
    },
  })
  const end = async (key: string, failure?: Partial<Failure>): Promise<void> => {
    if (failure === undefined) ends.get(key)?.resolve()
    else ends.get(key)?.reject(new Refused(failure))
    await turn()
  }
  const submit = (...keys: string[]): void => queue.submit(keys.map(task))
  return { queue, clock, running, done, end, submit }
}

function throwOops(): Promise<void> {
  throw new Error('oops')
}

describe('createWorkQueue', () => {
  test('one at a time for each key; what a round did not start is replaced by the next', async () => {
    const { running, submit, end } = makeQueue({ concurrency: 2 })
    submit('a', 'b', 'c')
    assert.deepEqual(running, ['a', 'b'])
    submit('a', 'd')
    assert.deepEqual(running, ['a', 'b'])
    await end('a')
    assert.deepEqual(running, ['a', 'b', 'd'])
    await end('b')
    await end('d')
    assert.deepEqual(running, ['a', 'b', 'd'])
    submit('a')
    assert.deepEqual(running, ['a', 'b', 'd', 'a'])
  })

  test('after a failure not before its back-off is over, twice as long each time, a minute at most', async () => {
    const { queue, clock, running, submit, end } = makeQueue()
    for (const backOffMs of [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      const before = running.length
      submit('a')
      assert.equal(running.length, before + 1)
      await end('a', { kind: 'transient' })
      assert.equal(queue.nextDueMs(), backOffMs)
      clock.advance(backOffMs - 1)
      submit('a')
      assert.equal(running.length, before + 1, `${backOffMs}`)
      clock.advance(1)
    }
  })

  test('success ends the back-off, and its reason', async () => {
    const { queue, clock, submit, end } = makeQueue()
    submit('a')
    await end('a', { kind: 'refused', message: 'quota' })
    assert.deepEqual(queue.failureOf('a'), { kind: 'refused', message: 'quota' })
    clock.advance(500)
    submit('a')
    await end('a')
    assert.deepEqual([queue.failureOf('a'), queue.nextDueMs()], [undefined, undefined])
    submit('a')
    await end('a', { kind: 'transient' })
    assert.equal(queue.nextDueMs(), 500)
  })

  test('a conflict is tried again at once, but not for ever', async () => {
    const { queue, clock, submit, end } = makeQueue()
    const pauses: unknown[] = []
    for (let count = 0; count < 6; count++) {
      submit('a')
      await end('a', { kind: 'conflict' })
      pauses.push(queue.nextDueMs())
      clock.advance(queue.nextDueMs() ?? 0)
    }
    assert.deepEqual(pauses, [100, 100, 100, 100, 8000, 16_000])
  })

  test('what the server asked for counts where it is longer', async () => {
    const { queue, submit, end } = makeQueue()
    submit('a', 'b')
    await end('a', { kind: 'transient', retryAfterMs: 7000 })
    assert.equal(queue.nextDueMs(), 7000)
    await end('b', { kind: 'transient', retryAfterMs: 10 })
    assert.equal(queue.nextDueMs(), 500)
  })

  test('what nobody wants any more is forgotten, with its back-off', async () => {
    const { queue, running, submit, end } = makeQueue()
    submit('a')
    await end('a', { kind: 'transient' })
    submit()
    assert.deepEqual([queue.nextDueMs(), queue.failureOf('a')], [undefined, undefined])
    submit('a')
    assert.deepEqual(running, ['a', 'a'])
  })

  test('what is due and only waits for its turn does not call for rounds', async () => {
    const { queue, clock, submit, end } = makeQueue({ concurrency: 1 })
    submit('a')
    await end('a', { kind: 'transient' })
    clock.advance(500)
    submit('b', 'a')
    assert.equal(queue.nextDueMs(), undefined)
  })

  test('a task that throws where it should reject is a failure like any other', async () => {
    const { queue, done } = makeQueue()
    queue.submit([{ key: 'a', type: 'test', subject: 'a', run: throwOops }])
    await turn()
    assert.deepEqual([done, queue.failureOf('a')?.message], [['a bug'], 'Error: oops'])
  })

  test('nothing is started after the term is over', async () => {
    let isCurrent = true
    const { running, submit, end } = makeQueue({ concurrency: 1, mayStart: () => isCurrent })
    submit('a', 'b')
    isCurrent = false
    await end('a')
    submit('c')
    assert.deepEqual(running, ['a'])
  })

  test('drained: nothing more is started, and what runs is waited for', async () => {
    const { queue, running, submit, end } = makeQueue({ concurrency: 1 })
    submit('a', 'b')
    let isDrained = false
    const drained = queue.drained().then(() => (isDrained = true))
    await turn()
    assert.equal(isDrained, false)
    await end('a')
    await drained
    assert.deepEqual(running, ['a'])
  })
})
