import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createInFlight } from '../../src/controller/in-flight.ts'
import type { ObservedClaim } from '../../src/core/claim/observation.ts'
import type { Action } from '../../src/core/claim/plan.ts'
import { makeClaim, makeObservation, makePod } from '../core/claim/builders.ts'

const NOW_MS = 1000
const pod = makePod('p', 'w1')
const claim = makeClaim('c1', 'ready')
const pin = { key: 'kaito.sh/claim', value: 'c1' }
const BINDING: Action = { type: 'bind-pod', pod, operations: [], pin, nodeName: 'n1', message: '' }
const CREATION: Action = {
  type: 'create-claim',
  name: 'c1',
  object: { metadata: { name: 'c1', labels: claim.labels } },
  workloadUid: 'w1',
  message: '',
}
const DELETION: Action = {
  type: 'delete-claim',
  claim,
  reason: 'NodeReleased',
  message: '',
  nodeName: 'n1',
  expectEmpty: true,
}

/** A task that lasts until it is told how it ends. */
function makeTask(): {
  task: Parameters<ReturnType<typeof createInFlight>['track']>[1]
  end: PromiseWithResolvers<void>
} {
  const end = Promise.withResolvers<void>()
  return { task: { key: 'k', type: 't', subject: 's', run: () => end.promise }, end }
}

describe('createInFlight', () => {
  test('a pod counts as pinned from the start of its binding to its end, however that ends', async () => {
    for (const succeeds of [true, false]) {
      const inFlight = createInFlight({ now: () => NOW_MS })
      const { task, end } = makeTask()
      const seen = () => inFlight.assume(makeObservation({ pods: [pod] })).pods[0]
      const tracked = inFlight.track(BINDING, task)
      assert.deepEqual(seen()?.gates, pod.gates)
      const running = tracked.run().catch(() => undefined)
      assert.deepEqual([seen()?.gates, seen()?.nodeSelector], [[], { 'kaito.sh/claim': 'c1' }])
      if (succeeds) end.resolve()
      else end.reject(new Error('no answer'))
      await running
      assert.deepEqual(seen(), pod)
    }
  })

  test('what the watch has told already is not told again', () => {
    const inFlight = createInFlight({ now: () => NOW_MS })
    void inFlight.track(BINDING, makeTask().task).run()
    const bound = { ...pod, gates: [], nodeName: 'n1' }
    assert.deepEqual(inFlight.assume(makeObservation({ pods: [bound] })).pods, [bound])
  })

  test('a claim counts as made while its creation is on its way, once', async () => {
    const inFlight = createInFlight({ now: () => NOW_MS })
    const { task, end } = makeTask()
    const seen = (claims: readonly ObservedClaim[]) =>
      inFlight.assume(makeObservation({ claims })).claims.map(({ name, createdAtMs }) => [name, createdAtMs])
    const running = inFlight.track(CREATION, task).run()
    assert.deepEqual(seen([]), [['c1', NOW_MS]])
    assert.deepEqual(seen([claim]), [['c1', claim.createdAtMs]])
    end.resolve()
    await running
    assert.deepEqual(seen([]), [])
  })

  test('a claim is going, but not gone, while its deletion is on its way', async () => {
    const inFlight = createInFlight({ now: () => NOW_MS })
    const { task, end } = makeTask()
    const seen = () => inFlight.assume(makeObservation({ claims: [claim] })).claims[0]
    const running = inFlight.track(DELETION, task).run()
    assert.deepEqual(seen(), { ...claim, isGoing: true })
    end.resolve()
    await running
    assert.deepEqual(seen(), claim)
  })
})
