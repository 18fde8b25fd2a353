import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { unneededClaims, type SeenClaim, type SeenPod, type Sight } from './claim-history.ts'

const GPUS: Readonly<Record<string, number>> = { small: 1, big: 4 }
const gpusOfType = (type: string): number => GPUS[type] ?? NaN

/** One sight a second unless a time is given. */
function history(...steps: readonly (readonly [uid: string, change: Change, atMs?: number])[]): Sight[] {
  return steps.map(([uid, change, atMs], index) =>
    Object.assign({ uid, version: index, atMs: atMs ?? index * 1000 }, change),
  )
}

type Change = { readonly pod: SeenPod | undefined } | { readonly claim: SeenClaim | undefined }

function waits(types: readonly string[] = ['small']): Change {
  return { pod: { isGated: true, types, gpus: 1 } }
}

function pinned(pin: string, types: readonly string[] = ['small']): Change {
  return { pod: { isGated: false, pin, types, gpus: 1 } }
}

function exists(name: string, types: readonly string[] = ['small'], isLeaving = false): Change {
  return { claim: { name, types, isLeaving } }
}

const GONE: Change = { pod: undefined }

/** Another claim although there is a free one. */
const ROOM_AGAIN: readonly (readonly [uid: string, change: Change, atMs?: number])[] = [
  ['p', waits()],
  ['a', exists('a')],
  ['p', pinned('a')],
  ['p', GONE],
  ['q', waits(), 20_000],
  ['b', exists('b'), 20_100],
]

describe('unneededClaims', () => {
  const table: readonly { name: string; given: Sight[]; want: readonly string[] }[] = [
    { name: 'one pod, one claim', given: history(['p', waits()], ['a', exists('a')]), want: [] },
    {
      name: 'one pod, two claims',
      given: history(['p', waits()], ['a', exists('a')], ['b', exists('b')]),
      want: ['b'],
    },
    { name: 'no pod', given: history(['a', exists('a')]), want: ['a'] },
    {
      name: 'a pod that wants another type',
      given: history(['p', waits()], ['a', exists('a', ['big'])]),
      want: ['a'],
    },
    {
      name: 'a second pod, the first has the first claim',
      given: history(
        ['p', waits()],
        ['a', exists('a')],
        ['p', pinned('a')],
        ['q', waits()],
        ['b', exists('b')],
      ),
      want: [],
    },
    {
      name: 'room for four in one claim',
      given: history(
        ['p', waits(['big'])],
        ['a', exists('a', ['big'])],
        ['p', pinned('a', ['big'])],
        ['q', waits(['big'])],
        ['b', exists('b', ['big'])],
      ),
      want: ['b'],
    },
    {
      name: 'the one place goes to the other pod, with the plan that makes the claim',
      given: history(
        ['o', waits(), 0],
        ['s', exists('s'), 100],
        ['o', GONE, 200],
        ...['1', '2', '3', '4'].map(uid => [uid, waits(['big']), 300] as const),
        ['a', exists('a', ['big']), 400],
        ...['1', '2', '3'].map(uid => [uid, pinned('a', ['big']), 500] as const),
        ['4', GONE, 600],
        ['q', waits(['small', 'big']), 9000],
        ['r', waits(['big']), 9000],
        ['b', exists('b', ['big']), 9100],
        ['q', pinned('a', ['small', 'big']), 9200],
      ),
      want: [],
    },
    {
      name: 'the pod gets a place that there was, a moment after a claim was made for it',
      given: history(...ROOM_AGAIN, ['q', pinned('a'), 20_200]),
      want: ['b'],
    },
    {
      name: 'the pod gets a place that came free only after a claim was made for it',
      given: history(
        ['p', waits(), 0],
        ['a', exists('a'), 100],
        ['p', pinned('a'), 200],
        ['q', waits(), 9000],
        ['b', exists('b'), 9100],
        ['p', GONE, 9200],
        ['q', pinned('a'), 9300],
      ),
      want: [],
    },
    {
      name: 'the pod has been gone for long',
      given: history(['p', waits()], ['p', GONE], ['a', exists('a'), 60_000]),
      want: ['a'],
    },
    {
      name: 'the pod has been gone for a moment',
      given: history(['p', waits()], ['p', GONE, 5000], ['a', exists('a'), 5100]),
      want: [],
    },
    {
      name: 'a claim that is leaving is no room',
      given: history(
        ['p', waits()],
        ['a', exists('a')],
        ['a', exists('a', ['small'], true)],
        ['b', exists('b')],
      ),
      want: [],
    },
    {
      name: 'a claim whose pod has gone is room again',
      given: history(...ROOM_AGAIN),
      want: ['b'],
    },
  ]
  for (const { name, given, want } of table)
    test(name, () => {
      const found = unneededClaims(given, gpusOfType).map(text => text.split(':')[0])
      assert.deepEqual(found, want)
    })

  test('it says who waited, and where there was room', () => {
    const found = unneededClaims(history(['p', waits()], ['a', exists('a')], ['b', exists('b')]), gpusOfType)
    assert.deepEqual(found, ['b: a small, while pods wait for 1 × small, with room in a (small, 1 free)'])
  })
})
