// What the controller costs the API server, counted before it, on real Karpenter: six writes and no read from a workload's
// creation to Running, and nothing at all after a restart. How fast it is, `npm run bench:scheduler` measures.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyPolicyCrd } from '../kube/policy-crd.ts'
import { conditionOf } from './eyes.ts'
import { startCountedController, type CountedController } from './counted-controller.ts'
import { formatCounts, readsOf, totalOf, writesOf } from './request-counts.ts'
import { describeWithController, type SuiteOptions } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const NAMESPACE = 'budget'
const WORKLOADS = 5
const MOST_WRITES = 6 * WORKLOADS
const ROUNDS = /^kaito_native_controller_round_duration_seconds_count (\d+)$/m

// As manifests/ install it: what is not served is looked for again and again.
const options: SuiteOptions = {
  flags: ['--no-controller'],
  beforeServe: async (_api, plane) => applyPolicyCrd(plane),
}

await describeWithController('the budget of the controller', options, cluster => {
  test('six writes and no read a workload, and none after a restart', async () => {
    const { plane, create, createNamespace, list, until, untilRunning } = cluster()
    await createNamespace(NAMESPACE)
    const names = Array.from({ length: WORKLOADS }, (_, index) => `model-${index}`)
    {
      await using controller = await startCountedController(plane, 'first')
      await controller.untilLeads()
      controller.take()
      for (const name of names) await create(NAMESPACE, makeDeployment(name))
      await untilRunning(NAMESPACE, WORKLOADS)
      await until('every workload is Ready', async () => {
        const ready = (await list(NAMESPACE, 'Deployment')).map(one => conditionOf(one, 'kaito.sh/Ready'))
        return ready.every(condition => condition?.['status'] === 'True') ? true : undefined
      })
      await until('every Service is there', async () =>
        (await list(NAMESPACE, 'Service')).length === WORKLOADS ? true : undefined,
      )
      const counts = controller.take()
      const writes = writesOf(counts)
      assert.ok(totalOf(writes) > 0 && totalOf(writes) <= MOST_WRITES, formatCounts(writes))
      assert.equal(formatCounts(readsOf(counts)), 'none')
    }
    await using controller = await startCountedController(plane, 'second')
    await controller.untilLeads()
    const looked = await rounds(controller)
    await until('it has looked again of itself', async () =>
      (await rounds(controller)) > looked + 1 ? true : undefined,
    )
    assert.equal(formatCounts(writesOf(controller.take())), 'none')
  })
})

async function rounds({ process }: CountedController): Promise<number> {
  return Number(ROUNDS.exec(await process.metrics())?.[1] ?? 0)
}
