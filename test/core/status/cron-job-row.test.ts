// A CronJob as `kaito-native status` shows it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cronJobRow } from '../../../src/core/status/cron-job-row.ts'
import { statusRow, type StatusRow } from '../../../src/core/status/status-row.ts'
import { makeObservedWorkload } from '../companion/make-workload.ts'

const CRON_JOB = makeObservedWorkload({
  kind: 'CronJob',
  name: 'nightly',
  isInference: false,
  replicas: 0,
  instanceTypes: ['A100', 'V100'],
})

function makeJob(name: string, fields: Partial<StatusRow>): StatusRow {
  const workload = makeObservedWorkload({ kind: 'Job', name, isInference: false })
  const row = statusRow({ workload, pods: [], claims: [], nodeTypes: new Map(), priceOf: () => undefined })
  const ready = { resourceReady: 'True', inferenceReady: 'True', workspaceReady: 'True' } as const
  return { ...row, ...ready, reason: '', message: '', instanceTypes: ['V100'], ...fields }
}

describe('cronJobRow', () => {
  it('between two runs lacks nothing', () => {
    const { kind, name, resourceReady, inferenceReady, workspaceReady, reason, pods, instanceTypes } =
      cronJobRow(CRON_JOB, [])
    assert.deepEqual([kind, name, instanceTypes], ['CronJob', 'nightly', ['A100']])
    assert.deepEqual([resourceReady, inferenceReady, workspaceReady, reason], ['True', 'True', 'True', ''])
    assert.deepEqual(pods, { wanted: 0, ready: 0 })
  })

  it('is its active Jobs together, with the reason of the first that is not ready', () => {
    const claims = [{ name: 'kn1' }]
    const good = makeJob('one', { pods: { wanted: 1, ready: 1 }, nodes: ['n1'], gpus: 1, costPerHour: 2 })
    const bad = makeJob('two', {
      resourceReady: 'False',
      inferenceReady: 'Unknown',
      workspaceReady: 'False',
      reason: 'WaitingForCapacity',
      message: 'no A100',
      pods: { wanted: 2, ready: 0 },
      nodes: ['n1', 'n2'],
      claims,
      gpus: 2,
      costPerHour: 3,
    })
    const row = cronJobRow(CRON_JOB, [good, bad])
    assert.deepEqual(
      [row.resourceReady, row.inferenceReady, row.workspaceReady],
      ['False', 'Unknown', 'False'],
    )
    assert.deepEqual([row.reason, row.message], ['WaitingForCapacity', 'job two: no A100'])
    assert.deepEqual([row.pods, row.nodes, row.claims], [{ wanted: 3, ready: 1 }, ['n1', 'n2'], claims])
    assert.deepEqual([row.gpus, row.costPerHour, row.instanceTypes], [3, 5, ['V100']])
  })

  it('tells no cost where one is not known', () => {
    assert.equal(
      cronJobRow(CRON_JOB, [makeJob('a', { costPerHour: 2 }), makeJob('b', {})]).costPerHour,
      undefined,
    )
  })
})
