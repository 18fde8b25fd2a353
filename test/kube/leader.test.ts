import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { LEADER_TIMES, leaderTimes } from '../../src/kube/leader.ts'
import { startCandidate, type Candidate, type CandidateOptions } from './candidate.ts'
import { makeFakeStore, type FakeStore } from './fake-store.ts'
import { makeFakeTime, type FakeTime } from './fake-time.ts'

const PATH = '/apis/coordination.k8s.io/v1/namespaces/kaito-system/leases/kaito-native'

interface Scene {
  readonly time: FakeTime
  readonly store: FakeStore
  /** With an own way to the store, and by default the clock of the scene. */
  readonly stand: (identity: string, options?: Partial<CandidateOptions>) => Candidate
}

function makeScene(): Scene {
  const time = makeFakeTime()
  const store = makeFakeStore()
  const stand: Scene['stand'] = (identity, options) =>
    startCandidate({
      client: store.connect(),
      identity,
      clock: { now: time.now },
      elapsedMs: time.now,
      sleep: time.sleep,
      random: () => 0,
      ...options,
    })
  return { time, store, stand }
}

function specOf({ objects }: FakeStore): JsonObject {
  return objectAt(objects.get(PATH), 'spec')
}

/** Lets time pass in small steps; at no step may two lead. */
async function passWithOneLeader(
  time: FakeTime,
  ms: number,
  candidates: readonly Candidate[],
): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await time.advance(100)
    assert.ok(candidates.filter(candidate => candidate.isLeading()).length <= 1, 'two lead at once')
  }
}

describe('runAsLeader', () => {
  test('the first one makes the Lease and leads; the second one waits', async () => {
    const { time, store, stand } = makeScene()
    const a = stand('a')
    await time.advance(0)
    const b = stand('b')
    await passWithOneLeader(time, 60_000, [a, b])
    assert.deepEqual(a.happened, ['elected', 'leads'])
    assert.deepEqual(b.happened, ['sees a'])
    assert.deepEqual(specOf(store), {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:00.000000Z',
      leaseTransitions: 0,
    })
  })

  test('one whose last renewal is too old knows it before it is told', async () => {
    const { time, stand } = makeScene()
    let nowMs = time.now()
    const asked = Promise.withResolvers<() => boolean>()
    const lead = async (signal: AbortSignal, isCurrent: () => boolean): Promise<void> => {
      asked.resolve(isCurrent)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    }
    const a = stand('a', { elapsedMs: () => nowMs, lead })
    await time.advance(0)
    const isCurrent = await asked.promise
    nowMs += 9999
    assert.equal(isCurrent(), true)
    nowMs += 1
    assert.deepEqual([isCurrent(), a.happened], [false, ['elected']])
  })

  test('times for another lease duration keep the proportions', () => {
    assert.deepEqual(leaderTimes(LEADER_TIMES.leaseDurationMs), LEADER_TIMES)
    assert.deepEqual(leaderTimes(3000), { leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 400 })
  })

  test('of two that begin at once, one leads', async () => {
    const { time, stand } = makeScene()
    const both = [stand('a'), stand('b')]
    await passWithOneLeader(time, 10_000, both)
    assert.equal(both.filter(candidate => candidate.isLeading()).length, 1)
  })

  test('one that stops gives the Lease back: the next leads within seconds', async () => {
    const { time, store, stand } = makeScene()
    const a = stand('a')
    await time.advance(0)
    const b = stand('b')
    await time.advance(5000)
    a.stop()
    await a.ended
    assert.deepEqual(a.happened, ['elected', 'leads', 'ends', 'released'])
    assert.equal(specOf(store)['holderIdentity'], '')
    await passWithOneLeader(time, 2000, [a, b])
    assert.ok(b.isLeading())
    assert.equal(specOf(store)['leaseTransitions'], 1)
  })

  test('one that stops keeps the Lease for as long as its work winds up', async () => {
    const { time, stand } = makeScene()
    const a = stand('a', { holdOn: true })
    await time.advance(0)
    const b = stand('b')
    await time.advance(5000)
    a.stop()
    await passWithOneLeader(time, 60_000, [a, b])
    assert.ok(a.isLeading())
    a.letGo()
    await a.ended
    await time.advance(2000)
    assert.ok(b.isLeading())
  })

  test('one that is cut off ends its term before another may begin one, and stands again', async () => {
    const { time, store, stand } = makeScene()
    const way = store.connect()
    const a = stand('a', { client: way })
    await time.advance(0)
    const b = stand('b')
    await time.advance(5000)
    way.mode = 'down'
    await passWithOneLeader(time, 9900, [a, b])
    assert.deepEqual([a.isLeading(), b.isLeading()], [false, false])
    assert.ok(a.happened.includes('lost: the Lease was not renewed within 10 s'))
    await passWithOneLeader(time, 8000, [a, b])
    assert.ok(b.isLeading())
    way.mode = 'up'
    await passWithOneLeader(time, 30_000, [a, b])
    assert.equal(a.happened.at(-1), 'sees b')
    b.stop()
    await b.ended
    await time.advance(2000)
    assert.ok(a.isLeading())
    assert.equal(specOf(store)['leaseTransitions'], 2)
  })

  test('an API server that never answers costs the term as well', async () => {
    const { time, store, stand } = makeScene()
    const a = stand('a')
    await time.advance(1000)
    store.mode = 'silent'
    await time.advance(10_000)
    assert.ok(!a.isLeading())
    store.mode = 'up'
    await time.advance(10_000)
    assert.ok(a.isLeading())
  })

  test('one request that is lost does not cost the term, whether it was done or not', async () => {
    for (const mode of ['silent', 'lost'] as const) {
      const { time, store, stand } = makeScene()
      const a = stand('a')
      await time.advance(1900)
      store.mode = mode
      await time.advance(2000)
      store.mode = 'up'
      await time.advance(60_000)
      assert.deepEqual(
        a.happened.filter(entry => !entry.startsWith('failure')),
        ['elected', 'leads'],
        mode,
      )
      const renewTime = specOf(store)['renewTime']
      assert.ok(typeof renewTime === 'string' && renewTime > '2026-01-01T00:01:00')
    }
  })

  test('a clock that is wrong by hours takes nobody the Lease away', async () => {
    const { time, stand } = makeScene()
    const a = stand('a')
    await time.advance(0)
    const b = stand('b', { clock: { now: () => time.now() + 5 * 3_600_000 } })
    const c = stand('c', { clock: { now: () => time.now() - 5 * 3_600_000 } })
    await passWithOneLeader(time, 60_000, [a, b, c])
    assert.ok(a.isLeading())
  })

  test('a dead holder is waited for as long as it has asked for, from when it was first seen', async () => {
    const { time, store, stand } = makeScene()
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 30,
      renewTime: '2020-01-01T00:00:00.000000Z',
    }
    store.objects.set(PATH, {
      metadata: { name: 'kaito-native', resourceVersion: '0' },
      spec,
      foreign: 'kept',
    })
    const a = stand('a')
    await time.advance(29_000)
    assert.ok(!a.isLeading())
    await time.advance(3000)
    assert.ok(a.isLeading())
    assert.equal(store.objects.get(PATH)?.['foreign'], 'kept')
  })

  test('a Lease that somebody else writes into, or deletes, stays with its leader', async () => {
    const { time, store, stand } = makeScene()
    const a = stand('a')
    await time.advance(1000)
    const lease = store.objects.get(PATH) ?? {}
    store.objects.set(PATH, {
      ...lease,
      metadata: { ...objectAt(lease, 'metadata'), resourceVersion: 'other' },
    })
    await time.advance(6000)
    assert.equal(specOf(store)['holderIdentity'], 'a')
    store.objects.delete(PATH)
    await time.advance(6000)
    assert.equal(specOf(store)['holderIdentity'], 'a')
    assert.deepEqual(a.happened, ['elected', 'leads'])
  })

  test('one whose Lease was taken by force ends its term at the next renewal', async () => {
    const { time, store, stand } = makeScene()
    const a = stand('a')
    await time.advance(1000)
    const lease = store.objects.get(PATH) ?? {}
    const metadata = { ...objectAt(lease, 'metadata'), resourceVersion: 'other' }
    store.objects.set(PATH, { ...lease, metadata, spec: { ...specOf(store), holderIdentity: 'thief' } })
    await time.advance(4000)
    assert.deepEqual(a.happened, [
      'elected',
      'leads',
      'sees thief',
      'lost: thief has taken the Lease',
      'ends',
    ])
  })

  test('ends as what it leads ends, with the Lease given back', async () => {
    const { time, store, stand } = makeScene()
    const bug = new TypeError('a bug')
    const a = stand('a', { lead: () => Promise.reject(bug) })
    await time.advance(0)
    await assert.rejects(a.ended, bug)
    assert.equal(specOf(store)['holderIdentity'], '')
    const b = stand('b', { lead: async () => undefined })
    await time.advance(2000)
    await b.ended
    assert.deepEqual(b.happened, ['elected', 'released'])
  })

  test('what fails because it was told to stop is no failure; anything else is said', async () => {
    for (const [error, want] of [
      [undefined, []],
      [new Error('broken'), ['failure: broken']],
    ] as const) {
      const { time, stand } = makeScene()
      const lead = (signal: AbortSignal): Promise<void> =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(error ?? signal.reason)))
      const a = stand('a', { lead })
      await time.advance(0)
      a.stop()
      await a.ended
      assert.deepEqual(a.happened, ['elected', ...want, 'released'])
    }
  })

  test('an election that is stopped before it was won leaves nothing behind', async () => {
    const { time, store, stand } = makeScene()
    store.mode = 'down'
    const a = stand('a')
    await time.advance(1000)
    a.stop()
    await a.ended
    store.mode = 'up'
    await time.advance(60_000)
    assert.equal(store.objects.size, 0)
    assert.deepEqual(a.happened, ['failure: the API server is away'])
  })
})
