// Batch inference: Jobs, CronJobs and the Jobs that these make.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { poll } from '../cluster/poll.ts'
import { kindOf, nameOf } from './api.ts'
import { differences } from './compare.ts'
import { annotationsOf } from './expected.ts'
import type { Cluster } from './suite.ts'
import { OWN_IMAGE, prefixed, PRESET } from './workloads.ts'

const NAMESPACE = 'jobs'
const APPLY = ['apply', '-n', NAMESPACE]
const STYLES: Readonly<Record<string, readonly string[]>> = {
  'client-side': [],
  'server-side': ['--server-side', '--force-conflicts'],
}
const JOB_TEMPLATE = ['spec', 'jobTemplate']
/** A CronJob runs at the full minute. */
const SCHEDULE_TIMEOUT_MS = 120_000
const POD_TIMEOUT_MS = 60_000
const CONTAINER = { name: 'model', command: ['python3', 'batch.py'] }
const IGNORED = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }]

export function defineJobs(cluster: () => Cluster): void {
  describe('a Job', () => {
    before(() => cluster().createNamespace(NAMESPACE))

    for (const [style, flags] of Object.entries(STYLES)) {
      test(`by ${style} apply is completed once, and the same file again changes nothing`, async () => {
        const file = JSON.stringify(makeJob(style))
        await cluster().kubectl([...APPLY, ...flags, '-f', '-'], file)
        const then = await get(cluster(), style)
        assertBatch(then, `job-${style}`)
        await cluster().kubectl([...APPLY, ...flags, '-f', '-'], file)
        await cluster().kubectl(['diff', '-n', NAMESPACE, ...flags, '-f', '-'], file)
        assert.deepEqual((await get(cluster(), style))['spec'], then['spec'])
      })
    }

    test('has pods that wait for their node', async () => {
      await cluster().create(NAMESPACE, makeJob('waiting'))
      const pod = await podOf(cluster(), 'waiting')
      assert.deepEqual(objectAt(pod, 'spec')['schedulingGates'], [{ name: 'kaito.sh/waiting-for-node' }])
    })

    test('that is suspended resumes, and is suspended again', async () => {
      const made = await cluster().create(NAMESPACE, makeJob('suspended', { suspend: true }))
      for (const suspend of [false, true]) {
        const patched = await patch(cluster(), 'suspended', { spec: { suspend } })
        assert.deepEqual(templateOf(patched), templateOf(made))
        assert.equal(planOf(patched), planOf(made))
      }
    })

    test('keeps its pods: an annotation that needs others is refused', async () => {
      await cluster().create(NAMESPACE, makeJob('fixed', { suspend: true }))
      const type = 'kaito.sh/instance-type=Standard_NC96ads_A100_v4'
      const stderr = await cluster().kubectlRefused(['annotate', '-n', NAMESPACE, 'job/fixed', type])
      assert.match(
        stderr,
        /spec\.template: Forbidden: a Job's pods cannot change.* delete it and create it again/,
      )
    })

    test('without its annotation runs on as it is, unmanaged', async () => {
      const made = await cluster().create(NAMESPACE, makeJob('released', { suspend: true }))
      const released = await patch(cluster(), 'released', {
        metadata: { annotations: { 'kaito.sh/preset': null } },
      })
      assert.deepEqual(released['spec'], made['spec'])
      assert.equal(planOf(released), undefined)
    })

    test('without a command is refused', async () => {
      const spec = { template: { spec: { containers: [{ name: 'model' }] } } }
      const file = JSON.stringify({ ...makeJob('idle'), spec })
      const stderr = await cluster().kubectlRefused([...APPLY, '-f', '-'], file)
      assert.match(
        stderr,
        /spec\.template\.spec\.containers\[0\]\.command: Required value: a Job runs to completion/,
      )
    })

    test('that is there cannot opt in', async () => {
      const plain = makeJob('late', { suspend: true }, {})
      await cluster().create(NAMESPACE, plain)
      const stderr = await cluster().kubectlRefused([
        'annotate',
        '-n',
        NAMESPACE,
        'job/late',
        `kaito.sh/preset=${PRESET}`,
      ])
      assert.match(stderr, /a Job is completed only when it is created/)
    })

    test('keeps what its user chose', async () => {
      const own = {
        backoffLimit: 2,
        podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: EXIT_42 }] },
      }
      const made = await cluster().create(NAMESPACE, makeJob('chosen', { suspend: true, ...own }))
      const spec = objectAt(made, 'spec')
      assert.deepEqual([spec['backoffLimit'], spec['podFailurePolicy']], [2, EXIT_POLICY])
      const restart = await cluster().create(
        NAMESPACE,
        makeJob('in-place', {}, { preset: PRESET }, 'OnFailure'),
      )
      const { podFailurePolicy, podReplacementPolicy } = objectAt(restart, 'spec')
      assert.deepEqual([podFailurePolicy, podReplacementPolicy], [undefined, 'TerminatingOrFailed'])
    })
  })

  describe('a CronJob', () => {
    const scheduled = makeCronJob('scheduled', { schedule: '* * * * *', suspend: false })
    before(() => cluster().create(NAMESPACE, scheduled))

    for (const [style, flags] of Object.entries(STYLES)) {
      const name = `nightly-${style}`
      const file = JSON.stringify(makeCronJob(name))

      test(`by ${style} apply is completed where it stands, and the same file again changes nothing`, async () => {
        await cluster().kubectl([...APPLY, ...flags, '-f', '-'], file)
        const then = await get(cluster(), name, 'CronJob')
        assertBatch(jobTemplateOf(then), `cronjob-${name}`)
        await cluster().kubectl([...APPLY, ...flags, '-f', '-'], file)
        await cluster().kubectl(['diff', '-n', NAMESPACE, ...flags, '-f', '-'], file)
        assert.deepEqual((await get(cluster(), name, 'CronJob'))['spec'], then['spec'])
        await cluster().kubectl(['replace', '-n', NAMESPACE, '-f', '-'], file)
        assert.deepEqual((await get(cluster(), name, 'CronJob'))['spec'], then['spec'])
      })
    }

    test('makes Jobs by hand whose pods are the ones that were planned', async () => {
      const cronJob = await get(cluster(), 'nightly-client-side', 'CronJob')
      await cluster().kubectl([
        'create',
        'job',
        '-n',
        NAMESPACE,
        'by-hand',
        '--from=cronjob/nightly-client-side',
      ])
      assertMadeBy(cronJob, await get(cluster(), 'by-hand'))
    })

    test('makes Jobs at its time, likewise', async () => {
      const job = await poll('a Job of the CronJob', SCHEDULE_TIMEOUT_MS, async () => {
        const jobs = await cluster().list(NAMESPACE, 'Job')
        return jobs.find(one => ownersOf(one).includes('scheduled'))
      })
      assertMadeBy(await get(cluster(), 'scheduled', 'CronJob'), job)
      await cluster().remove(NAMESPACE, 'CronJob', 'scheduled')
    })

    test('is planned anew when its annotation changes, and bare without it', async () => {
      const type = { 'kaito.sh/instance-type': 'Standard_NC96ads_A100_v4' }
      const changed = await patchJobTemplate(cluster(), { metadata: { annotations: type } })
      assert.match(planOf(jobTemplateOf(changed)) ?? '', /"instanceTypes":\["Standard_NC96ads_A100_v4"\]/)
      const containers = [{ ...CONTAINER, image: OWN_IMAGE }]
      const spec = { template: { spec: { containers, restartPolicy: 'OnFailure' } } }
      const annotations = { 'kaito.sh/preset': null, 'kaito.sh/instance-type': null }
      const bare = await patchJobTemplate(cluster(), { metadata: { annotations }, spec })
      const plain = makeCronJob('plain', {}, {})
      const jobTemplate = { metadata: {}, spec }
      const fresh = { ...plain, spec: { ...objectAt(plain, 'spec'), jobTemplate } }
      const expected = await cluster().create(NAMESPACE, fresh, { dryRun: true })
      assert.deepEqual(differences(jobTemplateOf(bare)['spec'], jobTemplateOf(expected)['spec']), [])
      assert.equal(planOf(jobTemplateOf(bare)), undefined)
    })
  })
}

const EXIT_42 = { operator: 'In', values: [42] }
const EXIT_POLICY = { rules: [{ action: 'FailJob', onExitCodes: EXIT_42 }] }

function makeJob(
  name: string,
  more: JsonObject = {},
  annotations: Readonly<Record<string, string>> = { preset: PRESET },
  restartPolicy?: string,
): JsonObject {
  const isPlain = annotations['preset'] === undefined
  const image = isPlain ? { image: OWN_IMAGE } : {}
  const policy = isPlain ? 'Never' : restartPolicy
  const pod = {
    containers: [{ ...CONTAINER, ...image }],
    ...(policy !== undefined && { restartPolicy: policy }),
  }
  const metadata = { name, annotations: prefixed(annotations) }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec: pod }, ...more } }
}

function makeCronJob(
  name: string,
  more: JsonObject = {},
  annotations: Readonly<Record<string, string>> = { preset: PRESET },
): JsonObject {
  const { spec = {}, metadata } = makeJob(name, {}, annotations)
  const jobTemplate = { metadata: { annotations: objectAt(metadata as JsonObject, 'annotations') }, spec }
  const own = { schedule: '@yearly', suspend: true, jobTemplate, ...more }
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: own }
}

/** What every batch Job or job template holds after injection. */
function assertBatch(job: JsonObject, workload: string): void {
  const spec = objectAt(job, 'spec')
  const pod = objectAtPath(spec, ['template', 'spec'])
  assert.deepEqual([spec['backoffLimit'], objectAt(spec, 'podFailurePolicy')['rules']], [0, IGNORED])
  assert.deepEqual([spec['podReplacementPolicy'], pod['restartPolicy']], ['Failed', 'Never'])
  const [container = null] = listAt(pod, 'containers')
  assert.ok(isObject(container))
  assert.deepEqual(container['command'], CONTAINER.command)
  assert.match(stringAt(container, 'image') ?? '', /kaito-base/)
  assert.deepEqual(objectAt(container, 'resources')['limits'], { 'nvidia.com/gpu': '1' })
  assert.deepEqual(
    [container['ports'], container['startupProbe'], container['lifecycle']],
    [undefined, undefined, undefined],
  )
  assert.equal(objectAtPath(spec, ['template', 'metadata', 'labels'])['kaito.sh/workload'], workload)
}

/** The Job is the CronJob's template, but for what the Job controller writes into every Job. */
function assertMadeBy(cronJob: JsonObject, job: JsonObject): void {
  const { template: _, ...wanted } = objectAt(jobTemplateOf(cronJob), 'spec')
  const spec = objectAt(job, 'spec')
  for (const [key, value] of Object.entries(wanted)) assert.deepEqual(spec[key], value, key)
  assert.deepEqual(withoutOwnLabels(templateOf(job)), withoutOwnLabels(templateOf(jobTemplateOf(cronJob))))
  assert.match(planOf(job) ?? '', /"preset":"phi-4-mini-instruct"/)
  assert.doesNotMatch(planOf(job) ?? '', /jobTemplate/)
}

function withoutOwnLabels(template: JsonObject): JsonObject {
  const metadata = objectAt(template, 'metadata')
  const labels = Object.entries(objectAt(metadata, 'labels'))
  const kept = Object.fromEntries(labels.filter(([key]) => !/(^|\/)(controller-uid|job-name)$/.test(key)))
  const { creationTimestamp: _, ...rest } = metadata
  return { ...template, metadata: { ...rest, labels: kept } }
}

function templateOf(job: JsonObject): JsonObject {
  return objectAtPath(job, ['spec', 'template'])
}

function jobTemplateOf(cronJob: JsonObject): JsonObject {
  assert.equal(kindOf(cronJob), 'CronJob')
  return objectAtPath(cronJob, JOB_TEMPLATE)
}

function planOf(job: JsonObject): string | undefined {
  return stringAt(annotationsOf(job), 'kaito.sh/plan')
}

function ownersOf(object: JsonObject): readonly string[] {
  return listAt(objectAt(object, 'metadata'), 'ownerReferences')
    .filter(isObject)
    .map(owner => stringAt(owner, 'name') ?? '')
}

async function get(cluster: Cluster, name: string, kind = 'Job'): Promise<JsonObject> {
  return cluster.get(NAMESPACE, kind, name)
}

async function patch(cluster: Cluster, name: string, body: JsonObject): Promise<JsonObject> {
  return cluster.patch(NAMESPACE, 'Job', name, 'merge-patch', body)
}

async function patchJobTemplate(cluster: Cluster, jobTemplate: JsonObject): Promise<JsonObject> {
  const body = { spec: { jobTemplate } }
  return cluster.patch(NAMESPACE, 'CronJob', 'nightly-client-side', 'strategic-merge-patch', body)
}

async function podOf(cluster: Cluster, job: string): Promise<JsonObject> {
  return poll(`a pod of the Job ${job}`, POD_TIMEOUT_MS, async () => {
    const pods = await cluster.list(NAMESPACE, 'Pod')
    return pods.find(pod => ownersOf(pod).includes(job) && nameOf(pod) !== '')
  })
}
