import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TransientError } from '../../src/kube/errors.ts'
import { retry, type RetryOptions } from '../../src/kube/retry.ts'

const never = new AbortController().signal

/** Options that record the waits instead of waiting. */
function recording(overrides: Partial<RetryOptions> = {}): { options: RetryOptions; waits: number[] } {
  const waits: number[] = []
  const options: RetryOptions = {
    signal: never,
    onRetry: (_error, delayMs) => void waits.push(delayMs),
    sleep: async () => undefined,
    random: () => 1,
    ...overrides,
  }
  return { options, waits }
}

/** Fails so many times. */
function failing(times: number, error: Error): () => Promise<string> {
  let left = times
  return async () => {
    if (left-- > 0) throw error
    return 'done'
  }
}

describe('retry', () => {
  test('waits longer each time, up to 15 s', async () => {
    const { options, waits } = recording()
    assert.equal(await retry(failing(9, new TransientError('down')), options), 'done')
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  })

  test('waits a random part of that', async () => {
    const { options, waits } = recording({ random: () => 0.5 })
    await retry(failing(3, new TransientError('down')), options)
    assert.deepEqual(waits, [125, 250, 500])
  })

  test('waits at least as long as it was asked to', async () => {
    const { options, waits } = recording()
    await retry(failing(1, new TransientError('busy', { retryAfterMs: 7000 })), options)
    assert.deepEqual(waits, [7000])
  })

  test('does not try again what waiting cannot heal, unless told to', async () => {
    const bug = new TypeError('a bug')
    const { options, waits } = recording()
    await assert.rejects(retry(failing(1, bug), options), bug)
    assert.deepEqual(waits, [])
    assert.equal(await retry(failing(1, bug), { ...options, isRetryable: error => error === bug }), 'done')
  })

  test('ends with its signal, even in the middle of a wait', async () => {
    const controller = new AbortController()
    const reason = new Error('stopped')
    const onRetry = () => controller.abort(reason)
    const task = failing(Infinity, new TransientError('down'))
    const signal = controller.signal
    await assert.rejects(retry(task, { signal, onRetry, random: () => 1 }), {
      name: 'AbortError',
      cause: reason,
    })
    await assert.rejects(retry(task, { signal, onRetry }), reason)
  })
})
