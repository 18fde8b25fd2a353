// What a workload's conditions say, in every state of its pods.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { desiredConditions } from '../../../src/core/status/desired-conditions.ts'
import type { WorkloadPods } from '../../../src/core/status/resource-condition.ts'
import type { ObservedCondition, ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeObservedWorkload } from '../companion/make-workload.ts'
import { misconfigured, placed, refused, waiting } from './make-pods.ts'

/** `True NodesReady | True PodsReady | True PodsReady`: the resource, the work, all. */
function summary(workload: ObservedWorkload, pods: WorkloadPods): string {
  return desiredConditions(workload, pods)
    .map(({ status, reason }) => `${status} ${reason}`)
    .join(' | ')
}

function condition(type: string, status: string, reason: string, message = ''): readonly [ObservedCondition] {
  return [{ type, status, reason, message }]
}

const RESOURCE = 'kaito.sh/ResourceReady'
const JOB: Partial<ObservedWorkload> = { kind: 'Job', isInference: false }
const WAITS = 'False WaitingForNode | False ResourceNotReady | False ResourceNotReady'

function typesOf(fields: Partial<ObservedWorkload>): readonly string[] {
  const workload = makeObservedWorkload(fields)
  return desiredConditions(workload, { states: [], ready: 0 }).map(({ type }) => type)
}

function messagesOf(workload: ObservedWorkload, pods: WorkloadPods): readonly string[] {
  return desiredConditions(workload, pods).map(({ message }) => message)
}

interface Case {
  readonly name: string
  readonly workload?: Partial<ObservedWorkload>
  readonly pods: WorkloadPods
  readonly want: string
}

const CASES: readonly Case[] = [
  { name: 'no pod is made yet', pods: { states: [], ready: 0 }, want: WAITS },
  { name: 'a gated pod', pods: { states: [waiting], ready: 0 }, want: WAITS },
  {
    name: 'placed, the model loads',
    pods: { states: [placed], ready: 0 },
    want: 'True NodesReady | False PodsNotReady | False PodsNotReady',
  },
  {
    name: 'ready',
    pods: { states: [placed], ready: 1 },
    want: 'True NodesReady | True PodsReady | True PodsReady',
  },
  {
    name: 'one of two pods placed',
    workload: { replicas: 2 },
    pods: { states: [placed, waiting], ready: 1 },
    want: WAITS,
  },
  {
    name: 'a rollout: the old pod serves, the new one waits',
    pods: { states: [placed, waiting], ready: 1 },
    want: 'False WaitingForNode | True PodsReady | False ResourceNotReady',
  },
  {
    name: 'scaled up a moment ago: the pods lack no node before they are there',
    workload: { replicas: 3, conditions: condition(RESOURCE, 'True', 'NodesReady') },
    pods: { states: [placed], ready: 1 },
    want: 'True NodesReady | False PodsNotReady | False PodsNotReady',
  },
  {
    name: 'scaled down: the last of the others goes',
    pods: { states: [placed, placed], ready: 2 },
    want: 'True NodesReady | True PodsReady | True PodsReady',
  },
  {
    name: 'scaled to zero',
    workload: { replicas: 0 },
    pods: { states: [], ready: 0 },
    want: 'True ScaledToZero | True ScaledToZero | True ScaledToZero',
  },
  {
    name: 'no capacity',
    pods: { states: [waiting, refused], ready: 0 },
    want: 'False WaitingForCapacity | False ResourceNotReady | False ResourceNotReady',
  },
  {
    name: 'the worst of all reasons is said',
    pods: { states: [refused, { placed: false, reason: 'NodeClassMissing', message: 'make one' }], ready: 0 },
    want: 'False NodeClassMissing | False ResourceNotReady | False ResourceNotReady',
  },
  {
    name: 'a policy that holds one pod is said, not kube-scheduler’s words about the others',
    pods: {
      states: [
        { placed: false, reason: 'Unschedulable', message: 'kube-scheduler: no nodes' },
        { placed: false, reason: 'QuotaExceeded', message: 'policy a: too many' },
      ],
      ready: 0,
    },
    want: 'False QuotaExceeded | False ResourceNotReady | False ResourceNotReady',
  },
  { name: 'not annotated', workload: { annotated: false }, pods: { states: [placed], ready: 1 }, want: '' },
  { name: 'Job: a gated pod', workload: JOB, pods: { states: [waiting], ready: 0 }, want: WAITS },
  {
    name: 'Job: settings of tuning that cannot work are in all of them',
    workload: { ...JOB, isTuning: true },
    pods: { states: [waiting, misconfigured], ready: 0 },
    want: 'False TrainingConfigInvalid | False TrainingConfigInvalid | False TrainingConfigInvalid',
  },
  {
    name: 'Job: settings of tuning that are being read are nothing new to know',
    workload: { ...JOB, isTuning: true },
    pods: { states: [{ ...misconfigured, reason: 'TrainingConfigUnread' }], ready: 0 },
    want: WAITS,
  },
  {
    name: 'Job: it runs, and its ready pods are of no interest',
    workload: JOB,
    pods: { states: [placed], ready: 1 },
    want: 'True NodesReady | False NotComplete | False NotComplete',
  },
  {
    name: 'Job: between two of its pods',
    workload: { ...JOB, conditions: condition(RESOURCE, 'True', 'NodesReady') },
    pods: { states: [], ready: 0 },
    want: 'True NodesReady | False NotComplete | False NotComplete',
  },
  {
    name: 'Job: complete',
    workload: { ...JOB, replicas: 0, conditions: condition('Complete', 'True', 'CompletionsReached') },
    pods: { states: [], ready: 0 },
    want: 'True Completed | True Completed | True Completed',
  },
  {
    name: 'Job: about to be complete',
    workload: { ...JOB, replicas: 0, conditions: condition('SuccessCriteriaMet', 'True', '') },
    pods: { states: [], ready: 0 },
    want: 'True Completed | True Completed | True Completed',
  },
  {
    name: 'Job: failed before it had a node',
    workload: { ...JOB, replicas: 0, conditions: condition('Failed', 'True', 'DeadlineExceeded') },
    pods: { states: [], ready: 0 },
    want: 'False Failed | False Failed | False Failed',
  },
  {
    name: 'Job: failed on its node',
    workload: {
      ...JOB,
      replicas: 0,
      conditions: [
        ...condition('Failed', 'True', 'BackoffLimitExceeded'),
        ...condition(RESOURCE, 'True', 'NodesReady'),
      ],
    },
    pods: { states: [], ready: 0 },
    want: 'True NodesReady | False Failed | False Failed',
  },
  {
    name: 'Job: suspended',
    workload: { ...JOB, replicas: 0, conditions: condition('Suspended', 'True', 'JobSuspended') },
    pods: { states: [], ready: 0 },
    want: 'False Suspended | False Suspended | False Suspended',
  },
  {
    name: 'Job: resumed',
    workload: { ...JOB, conditions: condition('Suspended', 'False', 'JobResumed') },
    pods: { states: [waiting], ready: 0 },
    want: WAITS,
  },
]

describe('desiredConditions', () => {
  for (const { name, workload, pods, want } of CASES)
    it(name, () => assert.equal(summary(makeObservedWorkload(workload), pods), want))

  it('names the condition of the work after what the workload is for', () => {
    const ready = 'kaito.sh/Ready'
    assert.deepEqual(typesOf({}), [RESOURCE, 'kaito.sh/InferenceReady', ready])
    assert.deepEqual(typesOf(JOB), [RESOURCE, 'kaito.sh/InferenceReady', ready])
    assert.deepEqual(typesOf({ ...JOB, isTuning: true }), [RESOURCE, 'kaito.sh/TuningReady', ready])
  })

  it('says what the provider said, and in a failed Job’s words why it failed', () => {
    const [resource] = messagesOf(makeObservedWorkload(), { states: [refused], ready: 0 })
    assert.equal(resource, refused.message)
    const failed = { ...JOB, conditions: condition('Failed', 'True', 'BackoffLimitExceeded', 'too often') }
    const [, work] = messagesOf(makeObservedWorkload(failed), { states: [], ready: 0 })
    assert.equal(work, 'the Job has failed: BackoffLimitExceeded: too often')
  })

  it('does not depend on the order of the pods', () => {
    const states = [waiting, refused, { ...refused, message: 'another zone' }, placed]
    const workload = makeObservedWorkload({ replicas: 4 })
    assert.deepEqual(
      desiredConditions(workload, { states, ready: 1 }),
      desiredConditions(workload, { states: states.toReversed(), ready: 1 }),
    )
  })

  it('never has a message that the API server would find too long', () => {
    const state = { placed: false, reason: 'Unsatisfiable', message: 'x'.repeat(100_000) }
    const [resource] = desiredConditions(makeObservedWorkload(), { states: [state], ready: 0 })
    assert.equal(resource?.message.length, 1024)
  })
})
