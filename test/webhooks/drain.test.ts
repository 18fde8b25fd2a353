import assert from 'node:assert/strict'
import { beforeEach, describe, mock, test, afterEach } from 'node:test'
import { createDrain, type Drain } from '../../webhooks/drain.ts'

const QUIET_MS = 5_000
const LIMIT_MS = 25_000

describe('drain', () => {
  let drain: Drain
  let isDrained: boolean

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    drain = createDrain()
    isDrained = false
  })
  afterEach(() => mock.timers.reset())

  function start(): void {
    void drain.drained({ quietMs: QUIET_MS, limitMs: LIMIT_MS }).then(() => (isDrained = true))
  }

  /** Lets time pass, and then what waits for it run. */
  async function pass(ms: number): Promise<boolean> {
    mock.timers.tick(ms)
    await Promise.resolve()
    return isDrained
  }

  test('waits for quiet', async () => {
    assert.equal(drain.draining, false)
    start()
    assert.equal(drain.draining, true)
    assert.equal(await pass(QUIET_MS - 1), false)
    assert.equal(await pass(1), true)
  })

  test('each request that still arrives starts the wait anew', async () => {
    start()
    await pass(QUIET_MS - 1)
    drain.requestStarted()
    drain.requestEnded()
    assert.equal(await pass(QUIET_MS - 1), false)
    assert.equal(await pass(1), true)
  })

  test('a request in flight is not quiet', async () => {
    drain.requestStarted()
    start()
    assert.equal(await pass(QUIET_MS * 2), false)
    drain.requestEnded()
    assert.equal(await pass(QUIET_MS - 1), false)
    assert.equal(await pass(1), true)
  })

  test('asked twice, both hear of it, each by its own times', async () => {
    drain.requestStarted()
    start()
    let isSecond = false
    void drain.drained({ quietMs: 0, limitMs: LIMIT_MS }).then(() => (isSecond = true))
    await pass(1)
    drain.requestEnded()
    assert.deepEqual([await pass(0), isSecond], [false, true])
    assert.equal(await pass(QUIET_MS), true)
  })

  test('the limit ends it in any case', async () => {
    drain.requestStarted()
    start()
    assert.equal(await pass(LIMIT_MS - 1), false)
    assert.equal(await pass(1), true)
  })
})
