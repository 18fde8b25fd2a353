// Fine-tuning: Jobs and CronJobs whose pods pass Pod Security `baseline`, on the real API server.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { poll } from '../cluster/poll.ts'
import { differences } from './compare.ts'
import type { Cluster } from './suite.ts'
import { prefixed } from './workloads.ts'

const NAMESPACE = 'tuning'
const APPLY = ['apply', '-n', NAMESPACE]
const STYLES: Readonly<Record<string, readonly string[]>> = {
  'client-side': [],
  'server-side': ['--server-side', '--force-conflicts'],
}
const POD_TIMEOUT_MS = 60_000
const COMMON = { preset: 'phi-3-mini-128k-instruct', 'tuning-method': 'qlora' }
const URLS = { 'tuning-input-urls': 'https://data.example/train.parquet?download=true' }
const IMAGE = { 'tuning-input-image': 'registry.example/data:1' }
const PUSH = {
  'tuning-output-image': 'registry.example/tone:1',
  'tuning-output-image-push-secret': 'push',
}
const RESULTS = [{ name: 'results', emptyDir: {} }]
const DATA = [{ name: 'data', emptyDir: {} }]

const WAYS: Readonly<
  Record<string, readonly [annotations: Readonly<Record<string, string>>, volumes: readonly JsonObject[]]>
> = {
  'urls-to-image': [{ ...URLS, ...PUSH }, []],
  'urls-to-volume-on-a-v100': [{ ...URLS, 'instance-type': 'Standard_NC6s_v3' }, RESULTS],
  'image-to-image': [{ ...IMAGE, ...PUSH }, []],
  'volume-to-volume': [{}, [...DATA, ...RESULTS]],
}

export function defineTuning(cluster: () => Cluster): void {
  describe('a tuning Job', () => {
    before(() => cluster().createNamespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'baseline' }))

    for (const [way, [annotations, volumes]] of Object.entries(WAYS))
      for (const [style, flags] of Object.entries(STYLES)) {
        const name = `${way}-${style}`
        test(`${name}: is completed once, and its pods are let in`, async () => {
          const file = JSON.stringify(makeJob(name, annotations, volumes))
          await cluster().kubectl([...APPLY, ...flags, '-f', '-'], file)
          const then = await cluster().get(NAMESPACE, 'Job', name)
          assert.match(JSON.stringify(then['spec']), /fine_tuning\.py/)
          await cluster().kubectl([...APPLY, ...flags, '-f', '-'], file)
          await cluster().kubectl(['diff', '-n', NAMESPACE, ...flags, '-f', '-'], file)
          assert.deepEqual((await cluster().get(NAMESPACE, 'Job', name))['spec'], then['spec'])
          const pod = await podOf(cluster(), name)
          const template = objectAtPath(then, ['spec', 'template', 'spec'])
          assert.deepEqual(namesOf(pod, 'containers'), namesOf(template, 'containers'))
          assert.deepEqual(namesOf(pod, 'initContainers'), namesOf(template, 'initContainers'))
        })
      }

    test('of a CronJob is completed where it stands, and comes out as it stands there', async () => {
      const { metadata, spec = {} } = makeJob('nightly', { ...URLS, ...PUSH }, [])
      const jobTemplate = { metadata: { annotations: objectAt(metadata as JsonObject, 'annotations') }, spec }
      const own = { schedule: '@yearly', suspend: true, jobTemplate }
      const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' }, spec: own }
      const file = JSON.stringify(cronJob)
      await cluster().kubectl([...APPLY, '-f', '-'], file)
      await cluster().kubectl(['diff', '-n', NAMESPACE, '-f', '-'], file)
      await cluster().kubectl(['create', 'job', '-n', NAMESPACE, 'by-hand', '--from=cronjob/nightly'])
      const at = ['spec', 'template', 'spec']
      const planned = objectAtPath(await cluster().get(NAMESPACE, 'CronJob', 'nightly'), [
        'spec',
        'jobTemplate',
        ...at,
      ])
      const job = objectAtPath(await cluster().get(NAMESPACE, 'Job', 'by-hand'), at)
      assert.deepEqual(differences(job, planned), [])
    })

    test('that says too little is refused with all that is missing', async () => {
      const stderr = await cluster().kubectlRefused(
        [...APPLY, '-f', '-'],
        JSON.stringify(makeJob('nothing', { 'tuning-output-image': 'tone' }, [])),
      )
      for (const name of ['tuning-input-urls', 'tuning-output-image', 'tuning-output-image-push-secret'])
        assert.match(stderr, new RegExp(`kaito\\.sh/${name}\\]: `))
    })
  })
}

function makeJob(
  name: string,
  annotations: Readonly<Record<string, string>>,
  volumes: readonly JsonObject[],
): JsonObject {
  const pod = { containers: [{ name: 'trainer' }], ...(volumes.length > 0 && { volumes }) }
  const metadata = { name, annotations: prefixed({ ...COMMON, ...annotations }) }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec: pod } } }
}

function namesOf(pod: JsonObject, list: string): readonly string[] {
  return listAt(pod, list)
    .filter(isObject)
    .map(one => stringAt(one, 'name') ?? '')
}

/** The spec of the pod that the Job controller has made. */
async function podOf(cluster: Cluster, job: string): Promise<JsonObject> {
  return poll(`a pod of the Job ${job}`, POD_TIMEOUT_MS, async () => {
    const pods = await cluster.list(NAMESPACE, 'Pod')
    const pod = pods.find(
      one => objectAt(objectAt(one, 'metadata'), 'labels')['batch.kubernetes.io/job-name'] === job,
    )
    return pod === undefined ? undefined : objectAt(pod, 'spec')
  })
}
