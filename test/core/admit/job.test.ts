// Jobs and CronJobs: what batch inference gets and what it does not, and what can still happen to a Job that is there.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLeftAlone } from '../../../src/core/admit/fixed-template.ts'
import { decideMutation } from '../../../src/core/admit/mutate.ts'
import { createPlanMemo } from '../../../src/core/admit/plan-memo.ts'
import { decideValidation } from '../../../src/core/admit/validate.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { leafAt } from '../../../src/core/patch/inventory.ts'
import { valueAt } from '../../../src/core/patch/locate.ts'
import { JOB } from '../../../src/core/workload/job.ts'
import { asDenied, asPlanned, asSkipped, CONTEXT, create, messagesOf, update, validate } from './admission.ts'
import { defaulted } from './api-server.ts'
import { asObject, withValueAt } from './json-tree.ts'
import {
  containerOf,
  makeCronJob,
  makeWorkload,
  withAnnotations,
  type WorkloadParts,
} from './make-workload.ts'

const COMMAND = ['python3', 'batch.py']
const PLAN = 'kaito.sh/plan'
const PRESET = 'kaito.sh/preset'

function makeJob(parts: WorkloadParts = {}): JsonObject {
  return makeWorkload({
    kind: 'Job',
    name: 'batch',
    ...parts,
    container: { command: COMMAND, ...parts.container },
  })
}

/** The Job as the API server stores it. */
function storedJob(parts: WorkloadParts = {}): JsonObject {
  return defaulted(asPlanned(create(defaulted(makeJob(parts)))).result)
}

function specOf(parts: WorkloadParts): JsonObject {
  return asObject(asPlanned(create(defaulted(makeJob(parts)))).result['spec'] ?? {})
}

describe('batch inference', () => {
  it('gets image, GPUs and weights, keeps its command, and nothing that serves', () => {
    const container = containerOf(storedJob())
    assert.deepEqual(container['command'], COMMAND)
    assert.match(JSON.stringify(container['image']), /kaito-base/)
    assert.deepEqual(container['resources'], {
      limits: { 'nvidia.com/gpu': '1' },
      requests: { 'nvidia.com/gpu': '1' },
    })
    for (const field of ['ports', 'startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle'])
      assert.equal(container[field], undefined, field)
    const pod = valueAt(storedJob(), ['spec', 'template', 'spec'])
    assert.equal(asObject(pod ?? {})['terminationGracePeriodSeconds'], 30)
  })

  it('is planned under the CronJob that owns it, whatever others a memo remembers', () => {
    const memo = createPlanMemo()
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'u', controller: true }
    const labels = [[], [owner]].map(ownerReferences => {
      const object = asObject(withValueAt(makeJob(), ['metadata', 'ownerReferences'], ownerReferences))
      const { result } = asPlanned(decideMutation({ operation: 'CREATE', object }, CONTEXT, memo))
      return valueAt(result, ['spec', 'template', 'metadata', 'labels', 'kaito.sh/workload'])
    })
    assert.deepEqual(labels, ['job-batch', 'cronjob-nightly'])
  })

  it('gets no file that only a server of that release reads', () => {
    const text = JSON.stringify(storedJob({ annotations: { preset: 'phi-3-mini-4k-instruct@kaito-0.4' } }))
    assert.doesNotMatch(text, /\/mnt\/config/)
  })

  const disruptions = {
    rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  }
  const own = { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] }
  const table: readonly (readonly [name: string, parts: WorkloadParts, want: JsonObject, restart: string])[] =
    [
      [
        'the defaults',
        {},
        { backoffLimit: 0, podFailurePolicy: disruptions, podReplacementPolicy: 'Failed' },
        'Never',
      ],
      [
        'Always, which no Job may have',
        { pod: { restartPolicy: 'Always' } },
        { backoffLimit: 0, podFailurePolicy: disruptions, podReplacementPolicy: 'Failed' },
        'Never',
      ],
      [
        'tries of its own',
        { spec: { backoffLimit: 2 } },
        { backoffLimit: 2, podFailurePolicy: disruptions, podReplacementPolicy: 'Failed' },
        'Never',
      ],
      [
        'tries for each index',
        { spec: { backoffLimitPerIndex: 1 } },
        { backoffLimit: 2_147_483_647, podFailurePolicy: disruptions, podReplacementPolicy: 'Failed' },
        'Never',
      ],
      [
        'restarts in place, with which the API takes no failure policy',
        { pod: { restartPolicy: 'OnFailure' } },
        { backoffLimit: 0, podFailurePolicy: undefined, podReplacementPolicy: 'TerminatingOrFailed' },
        'OnFailure',
      ],
      [
        'a failure policy of its own',
        { spec: { podFailurePolicy: own } },
        { backoffLimit: 0, podFailurePolicy: own, podReplacementPolicy: 'Failed' },
        'Never',
      ],
    ]
  for (const [name, parts, want, restart] of table) {
    it(`with ${name}`, () => {
      const spec = specOf(parts)
      const { backoffLimit, podFailurePolicy, podReplacementPolicy } = spec
      assert.deepEqual({ backoffLimit, podFailurePolicy, podReplacementPolicy }, want)
      assert.equal(valueAt(spec, ['template', 'spec', 'restartPolicy']), restart)
    })
  }

  it('records the defaults that it replaced', () => {
    const { added } = asPlanned(create(defaulted(makeJob()))).plan
    for (const [path, original] of [
      [['spec', 'backoffLimit'], 6],
      [['spec', 'podReplacementPolicy'], 'TerminatingOrFailed'],
      [['spec', 'template', 'spec', 'restartPolicy'], 'Always'],
    ] as const) {
      const leaf = leafAt(added, path)
      assert.ok(Array.isArray(leaf) && leaf[1] === original, path.join('.'))
    }
  })

  it('may bring an image of its own, and then needs no command', () => {
    const container = containerOf(
      asPlanned(create(makeWorkload({ kind: 'Job', container: { image: 'own:1' } }))).result,
    )
    assert.deepEqual([container['image'], container['command']], ['own:1', undefined])
  })

  it('is warned of a deadline that waiting for a node uses up, the Job’s as the pod’s', () => {
    const short = /^activeDeadlineSeconds 60 is shorter than a node's launch budget/
    for (const parts of [{ spec: { activeDeadlineSeconds: 60 } }, { pod: { activeDeadlineSeconds: 60 } }]) {
      const given = makeJob(parts)
      assert.ok(create(given).warnings.some(text => short.test(text)))
    }
    const ofCronJob = makeCronJob({ spec: { activeDeadlineSeconds: 60 }, container: { command: COMMAND } })
    assert.equal(create(makeJob({ spec: { activeDeadlineSeconds: 7200 } })).warnings.length, 1)
    assert.ok(create(ofCronJob).warnings.some(text => short.test(text)))
  })
})

describe('an UPDATE of a Job', () => {
  const stored = storedJob({ spec: { suspend: true } })

  it('resumes and suspends it without a patch', () => {
    const resumed = asObject(withValueAt(stored, ['spec', 'suspend'], false))
    assert.deepEqual(asPlanned(update(resumed, stored)).operations, [])
    assert.deepEqual(asPlanned(update(stored, resumed)).operations, [])
  })

  it('lets Kueue narrow the nodes of a suspended one', () => {
    const narrowed = withValueAt(stored, ['spec', 'template', 'spec', 'nodeSelector'], { pool: 'a' })
    assert.deepEqual(asPlanned(update(asObject(narrowed), stored)).operations, [])
  })

  it('is refused where another template would be needed', () => {
    const asked = withAnnotations(stored, { 'kaito.sh/instance-type': 'Standard_NC96ads_A100_v4' })
    const [message] = messagesOf(asDenied(update(asked, stored)))
    assert.match(
      message ?? '',
      /^spec\.template: Forbidden: a Job's pods cannot change.*delete it and create it again$/,
    )
  })

  it('is planned anew where the template comes out as it was', () => {
    const asked = withAnnotations(stored, { 'kaito.sh/replan': 'again' })
    const decision = asPlanned(update(asked, stored))
    assert.deepEqual(
      decision.operations.map(({ path }) => path),
      ['/metadata/annotations/kaito.sh~1plan'],
    )
    asPlanned(validate(decision.result))
  })

  it('ends the management where the annotation goes, and leaves the template alone', () => {
    const removed = withAnnotations(stored, { [PRESET]: undefined })
    const decision = asSkipped(update(removed, stored))
    assert.deepEqual(decision.operations, [{ op: 'remove', path: '/metadata/annotations/kaito.sh~1plan' }])
    assert.deepEqual(decision.result['spec'], stored['spec'])
    assert.equal(decision.reasons[0]?.code, 'Uninjected')
  })

  it('cannot opt it in: a Job is completed when it is created', () => {
    const bare = defaulted(makeJob({ annotations: { preset: undefined }, container: { image: 'own:1' } }))
    const asked = withAnnotations(bare, { [PRESET]: 'phi-4-mini-instruct' })
    const [message] = messagesOf(asDenied(update(asked, bare)))
    assert.match(message ?? '', /kaito\.sh\/preset\]: Forbidden: a Job is completed only when it is created/)
  })

  it('passes for one that was annotated before kaito-native was there', () => {
    const early = defaulted(makeJob({ annotations: { preset: 'nonsense' }, container: { image: 'own:1' } }))
    const resumed = asObject(withValueAt(early, ['spec', 'suspend'], true))
    const decision = asSkipped(update(resumed, early))
    assert.deepEqual([decision.operations, decision.reasons[0]?.code], [[], 'CreateOnly'])
    const input = { operation: 'UPDATE', object: resumed, oldObject: early } as const
    assert.equal(decideValidation(input, CONTEXT).decision, 'Skip')
    assert.equal(isLeftAlone(JOB, withAnnotations(resumed, { [PLAN]: '{}' }), early), false)
  })
})

describe('a CronJob', () => {
  const given = defaulted(makeCronJob({ container: { command: COMMAND } }))
  const stored = defaulted(asPlanned(create(given)).result)
  const annotations = ['spec', 'jobTemplate', 'metadata', 'annotations'] as const

  it('is completed where it stands: image, restartPolicy and plan', () => {
    const pod = asObject(valueAt(stored, ['spec', 'jobTemplate', 'spec', 'template', 'spec']) ?? {})
    assert.equal(pod['restartPolicy'], 'Never')
    assert.match(JSON.stringify(pod['containers']), /kaito-base/)
    assert.ok(valueAt(stored, [...annotations, PLAN]) !== undefined)
  })

  it('is planned anew when an annotation changes, without talk of a rollout', () => {
    const type = [...annotations, 'kaito.sh/instance-type']
    const asked = asObject(withValueAt(stored, type, 'Standard_NC96ads_A100_v4'))
    const decision = asPlanned(update(asked, stored))
    assert.deepEqual(decision.plan.instanceTypes, ['Standard_NC96ads_A100_v4'])
    const bare = defaulted(
      makeCronJob({ annotations: { preset: undefined }, container: { command: COMMAND } }),
    )
    assert.ok(!update(given, bare).warnings.some(text => text.includes('rollout')))
  })

  it('without the annotation must say itself what it lacks then', () => {
    const removed = asObject(withValueAt(stored, [...annotations, PRESET], undefined))
    assert.deepEqual(
      asDenied(update(removed, stored)).errors.map(({ field }) => field),
      [
        'spec.jobTemplate.spec.template.spec.containers[0].image',
        'spec.jobTemplate.spec.template.spec.restartPolicy',
      ],
    )
  })
})
