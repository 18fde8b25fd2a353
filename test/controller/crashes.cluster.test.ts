// The controller is killed at every kind of write, before the API server has seen it and after it was executed, while
// thirty workloads go through. Names, tests in patches and conditions of deletions must make up for what is forgotten.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poll } from '../cluster/poll.ts'
import { openApiProxy, type ApiProxy, type Moment } from './api-proxy.ts'
import { recordClaims, unneededClaims } from './claim-history.ts'
import { startControllerProcess, type ControllerProcess } from './controller-process.ts'
import { gatesOf, labelsOf, namesOf } from './eyes.ts'
import { createFleet, FLEET_GPUS, FLEET_SIZE, type Fleet } from './fleet.ts'
import { chooseSeed, createRandom, type Random } from './random.ts'
import { describeWithController, IDLE_GRACE, type Cluster } from './suite.ts'
import { WRITES, writeOf, type Write } from './writes.ts'
import { objectAt } from '../../src/core/api/json.ts'

const NAMESPACE = 'crashes'
/** Short, so that the next one leads soon. */
const FLAGS = [...IDLE_GRACE, '--leader-lease-duration', '3s']
const MORE_KILLS = 4
/** So long a write may take to come before its cause is repeated. */
const PROVOKED_WITHIN_MS = 5000
const PROVOCATIONS = 12
const SETTLED_WITHIN_MS = 90_000

const MOMENTS: readonly Moment[] = ['before', 'after']

interface Kill {
  readonly write: Write
  readonly moment: Moment
  /** So many of its kind pass first. */
  readonly skip: number
}

await describeWithController(
  'a controller that is killed again and again',
  { flags: ['--no-controller'] },
  cluster => {
    test('every pod runs in the end, no claim is made too many, and all are given back', async context => {
      const { seed, hint } = chooseSeed()
      context.diagnostic(`the same again: ${hint}`)
      const random = createRandom(seed)
      const { plane, createNamespace } = cluster()
      await createNamespace(NAMESPACE)
      const fleet = createFleet(plane, cluster(), NAMESPACE, random)
      await using history = await recordClaims(plane)
      await using controllers = createControllers(cluster())
      for (let index = 0; index < FLEET_SIZE / 4; index++) await fleet.add()
      await controllers.start()
      for (const kill of planKills(random)) {
        context.diagnostic(await killAt(kill, controllers, fleet))
        // Sometimes a standby with warm caches takes over, sometimes one that has just started.
        while (controllers.count() < 1 + random.below(2)) await controllers.start()
      }
      while (fleet.size() < FLEET_SIZE) await fleet.add()
      await fleet.scaleAllUp()
      await expectSettled(cluster(), fleet)
      const made = history.sights.filter(sight => 'claim' in sight && sight.claim !== undefined)
      const claims = new Set(made.map(({ uid }) => uid)).size
      context.diagnostic(`${claims} claims were made`)
      assert.ok(claims > FLEET_SIZE / 2, 'the history has missed them')
      const unneeded = unneededClaims(history.sights, type => FLEET_GPUS[type] ?? NaN)
      assert.deepEqual(unneeded, [], hint)
      await fleet.end()
      await expectNothing(cluster())
    })
  },
)

/** Every kind at both moments, and some more, in any order. */
function planKills(random: Random): readonly Kill[] {
  const all = WRITES.flatMap(write =>
    MOMENTS.map((moment): Kill => ({ write, moment, skip: random.below(2) })),
  )
  return random.shuffled([...all, ...random.shuffled(all).slice(0, MORE_KILLS)])
}

interface Controllers extends AsyncDisposable {
  readonly start: () => Promise<void>
  /** Those that live. */
  readonly count: () => number
  /** From now on the first one that makes this write is killed at it; resolves when that has happened. */
  readonly arm: (kill: Kill) => { readonly isDone: () => boolean }
  readonly started: readonly ControllerProcess[]
}

function createControllers({ plane }: Cluster): Controllers {
  const started: ControllerProcess[] = []
  const proxies: ApiProxy[] = []
  const living = new Set<ControllerProcess>()
  let armed: { kill: Kill; left: number } | undefined
  const start = async (): Promise<void> => {
    let controller: ControllerProcess | undefined
    const proxy = await openApiProxy(plane, `controller-${started.length}`, (request, moment) => {
      if (controller === undefined || (started.includes(controller) && !living.has(controller))) return false
      if (armed === undefined || armed.kill.moment !== moment) return true
      if (writeOf(request) !== armed.kill.write || armed.left-- > 0) return true
      controller.kill()
      living.delete(controller)
      armed = undefined
      return false
    })
    proxies.push(proxy)
    controller = await startControllerProcess(plane, proxy.kubeconfig, FLAGS)
    started.push(controller)
    living.add(controller)
  }
  return {
    started,
    start,
    count: () => living.size,
    arm(kill) {
      const mine = { kill, left: kill.skip }
      armed = mine
      return { isDone: () => armed !== mine }
    },
    async [Symbol.asyncDispose]() {
      for (const controller of living) controller.kill()
      await Promise.all(started.map(({ ended }) => ended))
      await Promise.all(proxies.map(proxy => proxy[Symbol.asyncDispose]()))
    },
  }
}

/** What happened, in a line. */
async function killAt(kill: Kill, controllers: Controllers, fleet: Fleet): Promise<string> {
  const beganAtMs = Date.now()
  const { isDone } = controllers.arm(kill)
  let attempt = 0
  for (; attempt < PROVOCATIONS && !isDone(); attempt++) {
    await fleet.provoke(kill.write)
    await poll('', PROVOKED_WITHIN_MS, () => (isDone() ? true : undefined)).catch(() => undefined)
  }
  assert.ok(isDone(), `no ${kill.write} was seen`)
  return `killed ${kill.moment} ${kill.write} after ${Date.now() - beganAtMs} ms, provoked ${attempt} times`
}

/** Every pod runs, no gate is shut, and no claim is without a pod. */
async function expectSettled({ until, pods, claims, untilRunning }: Cluster, fleet: Fleet): Promise<void> {
  await untilRunning(NAMESPACE, fleet.wantedPods(), SETTLED_WITHIN_MS)
  const pinsNow = async () =>
    new Set(
      (await pods(NAMESPACE)).map(pod => objectAt(objectAt(pod, 'spec'), 'nodeSelector')['kaito.sh/claim']),
    )
  await until(
    'every claim has a pod',
    async () => {
      const pins = await pinsNow()
      const idle = (await claims()).filter(claim => !pins.has(labelsOf(claim)['kaito.sh/claim']))
      return idle.length === 0 ? true : undefined
    },
    SETTLED_WITHIN_MS,
  )
  const gated = (await pods(NAMESPACE)).filter(pod => gatesOf(pod).length > 0)
  assert.deepEqual(namesOf(gated), [])
}

async function expectNothing({ until, claims, nodesNow }: Cluster): Promise<void> {
  const isEmpty = async () => (await claims()).length + (await nodesNow()).length === 0
  await until(
    'claims and nodes are gone',
    async () => ((await isEmpty()) ? true : undefined),
    SETTLED_WITHIN_MS,
  )
}
