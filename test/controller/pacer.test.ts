import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createPacer, type Pacer } from '../../src/controller/pacer.ts'

/** A pacer whose pauses end when the test says so. */
function makePacer(): { pacer: Pacer; pauses: number[]; end: () => Promise<void> } {
  const pauses: number[] = []
  let endPause: (() => void) | undefined
  const pacer = createPacer((ms, signal) => {
    pauses.push(ms)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    endPause = resolve
    if (signal.aborted) reject(new Error('aborted'))
    signal.addEventListener('abort', () => reject(new Error('aborted')))
    return promise
  })
  return {
    pacer,
    pauses,
    async end() {
      endPause?.()
      await turn()
    },
  }
}

/** Begins to wait; `begun` says whether the next round may begin. */
function wait(
  pacer: Pacer,
  lastedMs: number,
  requeueAfterMs?: number,
  signal = new AbortController().signal,
) {
  const state = { begun: false }
  const waited = pacer.next({ lastedMs, requeueAfterMs }, signal).then(() => (state.begun = true))
  return { state, waited }
}

describe('createPacer', () => {
  test('nothing changes: after the given time, 30 s at most', async () => {
    for (const [asked, want] of [
      [undefined, 30_000],
      [700, 700],
      [600_000, 30_000],
    ] as const) {
      const { pacer, pauses, end } = makePacer()
      const { state, waited } = wait(pacer, 1, asked)
      assert.deepEqual(pauses, [want])
      await end()
      assert.equal(state.begun, false)
      await end()
      await waited
      assert.deepEqual(pauses, [want, 20])
    }
  })

  test('a change ends the waiting, after a moment for those that come with it', async () => {
    const { pacer, pauses, end } = makePacer()
    const { state, waited } = wait(pacer, 1)
    pacer.wake()
    await turn()
    pacer.wake()
    assert.deepEqual([pauses, state.begun], [[30_000, 20], false])
    await end()
    await waited
  })

  test('a change during the round is not missed', async () => {
    const { pacer, pauses, end } = makePacer()
    pacer.wake()
    const { waited } = wait(pacer, 1)
    assert.deepEqual(pauses, [20])
    await end()
    await waited
  })

  test('what came before the round began calls for no further round', async () => {
    const { pacer, pauses, end } = makePacer()
    pacer.wake()
    const first = wait(pacer, 1)
    pacer.wake()
    await end()
    await first.waited
    wait(pacer, 1)
    assert.equal(pauses.at(-1), 30_000)
  })

  test('rounds take a third of the time at most', async () => {
    const { pacer, pauses } = makePacer()
    pacer.wake()
    wait(pacer, 400)
    assert.deepEqual(pauses, [800])
  })

  test('the end of the term ends the waiting at once, without an error', async () => {
    const { pacer } = makePacer()
    const stop = new AbortController()
    const { waited } = wait(pacer, 1, undefined, stop.signal)
    stop.abort()
    assert.equal(await waited, true)
  })
})
