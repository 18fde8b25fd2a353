import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EventNote } from '../../src/kube/event-object.ts'
import { createEventRecorder, type ClosableEventRecorder } from '../../src/kube/event-recorder.ts'
import { makeFakeStore, type FakeStore } from './fake-store.ts'
import { makeFakeTime, type FakeTime } from './fake-time.ts'

const MINUTE = 60_000

interface Scene {
  readonly time: FakeTime
  readonly store: FakeStore
  readonly recorder: ClosableEventRecorder
  readonly dropped: string[]
  readonly failures: string[]
}

function makeScene(): Scene {
  const time = makeFakeTime()
  const store = makeFakeStore()
  const dropped: string[] = []
  const failures: string[] = []
  const recorder = createEventRecorder(store.connect(), {
    component: 'kaito-native',
    instance: 'pod-1',
    clock: { now: time.now },
    sleep: time.sleep,
    random: () => 1,
    observer: {
      onDropped: ({ object }, why) => dropped.push(`${object.name}: ${why}`),
      onFailure: (_note, error) => failures.push(String(error)),
    },
  })
  return { time, store, recorder, dropped, failures }
}

function note(message = 'because', name = 'phi'): EventNote {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'team', name, uid: `uid-${name}` }
  return { object, type: 'Normal', reason: 'ClaimCreated', message }
}

function stored({ objects }: FakeStore): Record<string, unknown>[] {
  return [...objects.values()]
}

function methods({ requests }: FakeStore): string {
  return requests.map(({ method }) => method).join(' ')
}

describe('createEventRecorder', () => {
  test('writes what describe and get events read', async () => {
    const { time, store, recorder } = makeScene()
    recorder.record({ ...note(), action: 'Claiming' })
    await time.advance(0)
    const [event] = stored(store)
    assert.partialDeepStrictEqual(event, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'team' },
      involvedObject: note().object,
      type: 'Normal',
      reason: 'ClaimCreated',
      message: 'because',
      action: 'Claiming',
      source: { component: 'kaito-native' },
      reportingComponent: 'kaito-native',
      reportingInstance: 'pod-1',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    })
    assert.match(
      [...store.objects.keys()][0] ?? '',
      /^\/api\/v1\/namespaces\/team\/events\/phi\.[0-9a-f]{16}$/,
    )
  })

  test('counts what repeats in the Event that is there, ever more seldom', async () => {
    const { time, store, recorder } = makeScene()
    for (let second = 0; second < 600; second++) {
      recorder.record(note())
      await time.advance(1000)
    }
    await time.advance(5 * MINUTE)
    assert.equal(store.objects.size, 1)
    assert.partialDeepStrictEqual(stored(store)[0], {
      count: 600,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:09:59Z',
    })
    // At 0, 10, 30, 70, 150, 310 and 610 s.
    assert.equal(methods(store), 'POST PATCH PATCH PATCH PATCH PATCH PATCH')
  })

  test('another message, reason, type or object is another Event', async () => {
    const { time, store, recorder } = makeScene()
    const notes: EventNote[] = [
      note(),
      note('other'),
      { ...note(), reason: 'Other' },
      { ...note(), type: 'Warning' },
      note('because', 'psi'),
    ]
    for (const each of notes) recorder.record(each)
    await time.advance(0)
    assert.equal(store.objects.size, notes.length)
  })

  test('what repeats after ten minutes is a new Event', async () => {
    const { time, store, recorder } = makeScene()
    recorder.record(note())
    await time.advance(10 * MINUTE + 1)
    recorder.record(note())
    await time.advance(0)
    assert.equal(methods(store), 'POST POST')
  })

  test('an Event that the API server has thrown away is made anew, with its count', async () => {
    const { time, store, recorder } = makeScene()
    recorder.record(note())
    await time.advance(0)
    store.objects.clear()
    recorder.record(note())
    await time.advance(10_000)
    assert.equal(methods(store), 'POST PATCH POST')
    assert.equal(stored(store)[0]?.['count'], 2)
  })

  test('cuts an object short that has too much to say, not the others', async () => {
    const { time, store, recorder, dropped } = makeScene()
    for (let index = 0; index < 30; index++) recorder.record(note(`message ${index}`))
    recorder.record(note('because', 'quiet'))
    await time.advance(0)
    assert.equal(store.objects.size, 26)
    assert.deepEqual(
      dropped,
      Array.from({ length: 5 }, () => 'phi: limited'),
    )
    await time.advance(5 * MINUTE)
    recorder.record(note('later'))
    recorder.record(note('too soon'))
    await time.advance(0)
    assert.equal(store.objects.size, 27)
  })

  test('tries again where the API server is away, and counts what it cannot write', async () => {
    const { time, store, recorder, failures } = makeScene()
    store.mode = 'down'
    recorder.record(note())
    await time.advance(100)
    store.mode = 'up'
    await time.advance(10_000)
    assert.equal(store.objects.size, 1)
    assert.deepEqual(failures, [])
    store.mode = 'down'
    recorder.record(note('other'))
    await time.advance(MINUTE)
    assert.deepEqual(failures, ['TransientError: the API server is away'])
    assert.equal(store.requests.filter(({ method }) => method === 'POST').length, 2 + 3)
  })

  test('does not let a queue grow for ever', async () => {
    const { time, store, recorder, dropped } = makeScene()
    store.mode = 'silent'
    for (let index = 0; index < 1100; index++) recorder.record(note('because', `object-${index}`))
    // One is being written, a thousand wait.
    assert.equal(dropped.length, 99)
    const closing = recorder.close(0)
    await time.advance(0)
    await closing
  })

  test('writes what waits before it closes, and nothing after', async () => {
    const { time, store, recorder } = makeScene()
    recorder.record(note())
    await time.advance(0)
    recorder.record(note())
    recorder.record(note())
    await recorder.close()
    assert.equal(stored(store)[0]?.['count'], 3)
    recorder.record(note('too late'))
    await time.advance(MINUTE)
    assert.equal(store.objects.size, 1)
  })

  test('closes in time though the API server is silent', async () => {
    const { time, store, recorder } = makeScene()
    store.mode = 'silent'
    recorder.record(note())
    let closed = false
    const closing = recorder.close(3000).then(() => (closed = true))
    await time.advance(2900)
    assert.ok(!closed)
    await time.advance(200)
    await closing
  })
})
