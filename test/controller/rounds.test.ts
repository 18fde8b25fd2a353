// Rounds against an API server in memory: what one controller begins, any other one finishes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClusterCache } from '../../src/controller/cluster-cache.ts'
import { claimsPath } from '../../src/controller/resources.ts'
import { createRounds } from '../../src/controller/rounds.ts'
import { parseSettings } from '../../src/cli/parse-yaml.ts'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { NODECLAIM_KWOK } from '../../src/core/claim/backends/nodeclaim-kwok.ts'
import type { ClusterClient } from '../../src/core/ports.ts'
import { translateFailure, translateResponse } from '../../src/kube/errors.ts'
import { FAILURES } from '../../src/kube/failures.ts'
import {
  makeDeployment,
  makeForeignPod,
  makeNode,
  makePod,
  makeReplicaSet,
  NAMESPACE,
  readied,
} from './cluster-objects.ts'
import { makeClock, type ManualClock } from './manual-clock.ts'
import { makeMemoryApi, type MemoryApi } from './memory-api.ts'

const PODS = 3
const GRACE_MS = 60_000
const PROVISIONER = {
  backend: NODECLAIM_KWOK,
  nodeClass: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: 'default' },
}

interface Controller {
  /** Looks at everything, plans, and executes to the end. */
  readonly round: () => Promise<void>
  readonly events: readonly string[]
}

/** A controller that knows nothing yet. */
function makeController(
  api: MemoryApi,
  clock: ManualClock,
  client: ClusterClient = api.client,
  isCurrent = () => true,
): Controller {
  const events: string[] = []
  const cache = createClusterCache(() => undefined)
  const rounds = createRounds(
    {
      clock,
      client,
      events: { record: ({ reason, message }) => events.push(`${reason}: ${message}`) },
      failures: FAILURES,
      observer: { planned: () => undefined, executed: () => undefined, leading: () => undefined },
      settings: {
        idleGraceMs: GRACE_MS,
        launchBudgetMs: 1_200_000,
        gpusOfType: () => 1,
        priceOfType: () => undefined,
        nodeSuits: () => false,
      },
      parseYaml: parseSettings,
      watch: () => Promise.resolve(),
      lead: () => Promise.resolve(),
      discoverProvisioner: () => Promise.resolve(PROVISIONER),
      discoveryTicks: noTicks,
      onSynced: () => undefined,
    },
    cache,
    () => undefined,
    isCurrent,
  )
  const feeds = [...cache.feeds, ...cache.claimFeeds(claimsPath(NODECLAIM_KWOK), 'NodeClaim')]
  return {
    events,
    async round() {
      for (const { target, handler } of feeds) {
        handler.onListStart()
        for (const object of api.list(target.path.resource)) handler.onObject(object)
        handler.onListEnd(undefined)
      }
      rounds.run(PROVISIONER)
      await rounds.stop()
    },
  }
}

async function* noTicks(): AsyncGenerator {}

/** Three gated pods of one Deployment. */
function makeCluster(): { api: MemoryApi; clock: ManualClock } {
  const api = makeMemoryApi()
  api.put('deployments', makeDeployment('model', PODS))
  api.put('replicasets', makeReplicaSet('model'))
  for (let index = 0; index < PODS; index++) api.put('pods', makePod(`p${index}`, 'model'))
  return { api, clock: makeClock() }
}

/** What Karpenter does. */
function provision(api: MemoryApi): void {
  for (const claim of api.list('nodeclaims')) {
    const name = nameOf(claim)
    if (api.get('nodes', `node-${name}`) !== undefined) continue
    api.put('nodes', makeNode(`node-${name}`, name))
    api.put('nodeclaims', readied(claim, `node-${name}`))
  }
}

/** What kube-scheduler and the kubelet do. */
function schedule(api: MemoryApi): void {
  for (const pod of api.list('pods')) {
    const pin = pinOf(pod)
    const spec = objectAt(pod, 'spec')
    if (pin === undefined || spec['nodeName'] !== undefined) continue
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    api.put('pods', { ...pod, spec: { ...spec, nodeName: `node-${pin}` }, status })
  }
}

/** The Deployment's controller after a scale to zero. */
function scaleToZero(api: MemoryApi): void {
  for (const pod of api.list('pods')) api.drop('pods', nameOf(pod), NAMESPACE)
  api.put('deployments', makeDeployment('model', 0))
}

function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'name') ?? ''
}

function pinOf(pod: JsonObject): string | undefined {
  return stringAt(objectAt(objectAt(pod, 'spec'), 'nodeSelector'), 'kaito.sh/claim')
}

function conditionOf(api: MemoryApi): JsonObject | undefined {
  return listAt(objectAt(api.get('deployments', 'model', NAMESPACE), 'status'), 'conditions')
    .filter(isObject)
    .find(({ type }) => type === 'kaito.sh/ResourceReady')
}

const countOf = (calls: readonly string[], start: string): number =>
  calls.filter(call => call.startsWith(start)).length

describe('rounds', () => {
  test('gated pods → claims → nodes → bound; gone → marked → deleted after the grace', async () => {
    const { api, clock } = makeCluster()
    const controller = makeController(api, clock)
    await controller.round()
    assert.equal(api.list('nodeclaims').length, PODS)
    provision(api)
    await controller.round()
    assert.equal(new Set(api.list('pods').map(pinOf)).size, PODS)
    schedule(api)
    await controller.round()
    assert.equal(conditionOf(api)?.['status'], 'True')
    scaleToZero(api)
    await controller.round()
    clock.advance(GRACE_MS - 1)
    await controller.round()
    assert.equal(api.list('nodeclaims').length, PODS)
    clock.advance(1)
    await controller.round()
    assert.equal(api.list('nodeclaims').length, 0)
  })

  test('nothing has changed: nothing is written', async () => {
    const { api, clock } = makeCluster()
    const controller = makeController(api, clock)
    await controller.round()
    await controller.round()
    const before = api.calls.length
    clock.advance(1000)
    await controller.round()
    assert.deepEqual(api.calls.slice(before), [])
  })

  test('the answer is not in the watch yet: nothing is created twice', async () => {
    const { api, clock } = makeCluster()
    const controller = makeController(api, clock)
    await controller.round()
    assert.equal(countOf(api.calls, 'create nodeclaims'), PODS)
    const other = makeController(api, clock)
    await other.round()
    await controller.round()
    assert.equal(countOf(api.calls, 'create nodeclaims'), PODS)
  })

  test('a claim that is not taken: its reason is in the condition, and it is asked for ever more seldom', async () => {
    const { api, clock } = makeCluster()
    const message = 'exceeded quota: gpus'
    const refuse = (): Promise<never> => {
      api.calls.push('create nodeclaims')
      const body = JSON.stringify({ kind: 'Status', reason: 'Forbidden', message })
      return Promise.reject(translateResponse('POST', { status: 403, body }))
    }
    const controller = makeController(api, clock, { ...api.client, create: refuse })
    for (let second = 0; second < 60; second++) {
      await controller.round()
      clock.advance(1000)
    }
    const attempts = countOf(api.calls, 'create nodeclaims') / PODS
    assert.ok(attempts >= 4 && attempts <= 8, `${attempts} attempts in a minute`)
    const condition = conditionOf(api)
    assert.equal(condition?.['reason'], 'ClaimFailed')
    assert.match(stringAt(condition, 'message') ?? '', /exceeded quota: gpus/)
    assert.ok(countOf(api.calls, 'patch deployments') <= 3, 'the condition is written once')
  })

  test('a pod came to the idle node in the last moment: the node stays', async () => {
    const { api, clock } = makeCluster()
    const controller = makeController(api, clock)
    await controller.round()
    provision(api)
    scaleToZero(api)
    await controller.round()
    const [claim] = api.list('nodeclaims')
    assert.ok(claim !== undefined)
    clock.advance(GRACE_MS)
    api.before('list pods', () => void api.put('pods', makeForeignPod('f', `node-${nameOf(claim)}`)))
    await controller.round()
    assert.deepEqual(api.list('nodeclaims').map(nameOf), [nameOf(claim)])
  })

  test('the term is over: nothing is written', async () => {
    const { api, clock } = makeCluster()
    await makeController(api, clock, api.client, () => false).round()
    assert.deepEqual(api.calls, [])
  })
})

type Moment = 'before' | 'after'

/** Dies at the n-th call of all: before it is executed, or when the answer is on its way. */
function makeDeath(at: number, moment: Moment) {
  let calls = 0
  const mortal = (client: ClusterClient) => {
    let isDead = false
    const through =
      <A extends unknown[], T>(call: (...given: A) => Promise<T>) =>
      async (...given: A): Promise<T> => {
        const isLast = ++calls === at
        if (isLast && moment === 'before') isDead = true
        if (isDead) throw translateFailure('a dead controller', new Error('killed'))
        const answer = await call(...given)
        if (isLast) isDead = true
        if (isDead) throw translateFailure('a dead controller', new Error('killed'))
        return answer
      }
    const dying: ClusterClient = {
      create: through((...given) => client.create(...given)),
      patch: through((...given) => client.patch(...given)),
      delete: through((...given) => client.delete(...given)),
      evict: through((...given) => client.evict(...given)),
      list: through((...given) => client.list(...given)),
      get: through((...given) => client.get(...given)),
    }
    return { dying, isDead: () => isDead }
  }
  return { mortal, happened: () => calls >= at }
}

/** The life of three pods; a new controller whenever one has died. False: nobody died. */
async function live(at: number, moment: Moment): Promise<boolean> {
  const { api, clock } = makeCluster()
  const death = makeDeath(at, moment)
  const begin = () => {
    const { dying, isDead } = death.mortal(api.client)
    return { controller: makeController(api, clock, dying), isDead }
  }
  let current = begin()
  const go = async (rounds: number, react: () => void): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await current.controller.round()
      if (current.isDead()) current = begin()
      assert.ok(api.list('nodeclaims').length <= PODS, 'a claim too many')
      react()
      clock.advance(2000)
    }
  }
  await go(6, () => {
    provision(api)
    schedule(api)
  })
  assert.equal(new Set(api.list('pods').map(pinOf)).size, PODS)
  assert.equal(countOf(api.calls, 'evict'), 0)
  scaleToZero(api)
  await go(4, () => undefined)
  clock.advance(GRACE_MS)
  await go(4, () => undefined)
  assert.deepEqual(api.list('nodeclaims'), [])
  return death.happened()
}

describe('killed at any call, the next controller brings it to the same end', () => {
  for (const moment of ['before', 'after'] as const) {
    test(`${moment} the call is executed`, async () => {
      let at = 1
      for (; await live(at, moment); at++);
      assert.ok(at > 4 * PODS, `only ${at - 1} calls were made`)
    })
  }
})
